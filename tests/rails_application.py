"""A small Rails application, written by hand: Devise, PaperTrail and Active Storage on what Debian packages of Rails
6.1, without Bundler."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from tests.readable import is_readable

FILES = {
    "config/boot.rb": """
        ENV["RAILS_ENV"] ||= "development"
        require "pathname"
        """,
    "config/application.rb": """
        require_relative "boot"
        require "rails/all"
        require "pg"
        require "devise"
        require "paper_trail"

        module Bookshop
          class Application < Rails::Application
            config.load_defaults 6.1
            config.eager_load = false
            config.time_zone = "Tokyo"
            config.i18n.default_locale = :en
            config.secret_key_base = ENV.fetch("SECRET_KEY_BASE", "a" * 64)
            if Rails.gem_version >= Gem::Version.new("7.0")
              %i[primary_key deterministic_key key_derivation_salt].each do |name|
                config.active_record.encryption.public_send(:"#{name}=", ENV.fetch("ENCRYPTION", "p") * 32)
              end
            end
            config.active_storage.service = :local
            config.action_mailer.delivery_method = :test
            config.active_record.maintain_test_schema = false
            config.logger = Logger.new(File::NULL)
            config.hosts.clear
            config.action_controller.allow_forgery_protection = false
          end
        end
        """,
    "config/environment.rb": """
        require_relative "application"
        Rails.application.initialize!
        """,
    "config.ru": """
        require_relative "config/environment"
        run Rails.application
        """,
    "Rakefile": """
        require_relative "config/application"
        Rails.application.load_tasks
        """,
    "bin/rails": """
        #!/usr/bin/env ruby
        APP_PATH = File.expand_path("../config/application", __dir__)
        require_relative "../config/boot"
        require "rails/commands"
        """,
    "config/environments/production.rb": """
        Rails.application.configure do
          config.active_storage.service = :amazon
        end
        """,
    "config/environments/development.rb": "",
    "config/environments/test.rb": "",
    "test/test_helper.rb": """
        ENV["RAILS_ENV"] ||= "test"
        require_relative "../config/environment"
        require "rails/test_help"
        """,
    "config/database.yml": """
        default: &default
          adapter: postgresql
          encoding: unicode
          pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
        development:
          <<: *default
          database: bookshop_development
        test:
          <<: *default
          database: bookshop_<%= Rails.env %>
        production:
          primary: &primary_production
            <<: *default
            url: <%= ENV["DATABASE_URL"] %>
          primary_replica:
            <<: *primary_production
            url: <%= ENV["REPLICA_URL"] %>
            replica: true
          queue:
            <<: *primary_production
            url: <%= ENV["QUEUE_DATABASE_URL"] %>
            migrations_paths: db/queue_migrate
        """,
    "config/storage.yml": """
        local:
          service: Disk
          root: <%= Rails.root.join("storage") %>
        amazon:
          service: S3
          access_key_id: <%= ENV["AWS_ACCESS_KEY_ID"] %>
          region: eu-west-1
          bucket: bookshop-<%= Rails.env %>
        archive:
          service: S3
          bucket: <%= ENV.fetch("ARCHIVE_BUCKET") { "none" } %>
        """,
    "config/routes.rb": """
        Rails.application.routes.draw do
          devise_for :users
          root to: "home#index"
        end
        """,
    "config/initializers/devise.rb": """
        Devise.setup do |config|
          config.mailer_sender = "shop@example.com"
          require "devise/orm/active_record"
          config.stretches = 1
          config.case_insensitive_keys = [:email]
        end
        """,
    "config/initializers/filter_parameter_logging.rb": """
        # Configure sensitive parameters
        Rails.application.config.filter_parameters += [
          :passw, :secret, "token", :ssn
        ]
        """,
    "app/controllers/application_controller.rb": """
        class ApplicationController < ActionController::Base
          protect_from_forgery with: :null_session
        end
        """,
    "app/controllers/home_controller.rb": """
        class HomeController < ApplicationController
          before_action :authenticate_user!
          def index
            render plain: "signed in as #{current_user.email}"
          end
        end
        """,
    "app/models/application_record.rb": """
        class ApplicationRecord < ActiveRecord::Base
          self.abstract_class = true
        end
        """,
    "app/models/user.rb": """
        class User < ApplicationRecord
          devise :database_authenticatable, :recoverable, :rememberable, :validatable
          has_one_attached :avatar
          has_many :orders
          # has_one_attached :retired
          validates :phone, format: /\\A0\\d{1,3}-\\d{2,4}-\\d{4}\\z/
          encrypts :passport, deterministic: true if respond_to?(:encrypts)
        end
        """,
    "app/models/order.rb": """
        class Order < ApplicationRecord
          has_paper_trail
          has_many_attached :invoices
          belongs_to :user
          validates :recipient, length: {maximum: 40}
        end
        """,
    "app/models/shop/branch.rb": """
        module Shop
          class Branch < ApplicationRecord
            self.table_name = "branches"
          end
        end
        """,
    "db/migrate/20240101000000_create_shop.rb": """
        class CreateShop < ActiveRecord::Migration[6.1]
          def change
            create_table :users do |t|
              t.string :email, null: false, default: ""
              t.string :encrypted_password, null: false, default: ""
              t.string :reset_password_token
              t.datetime :reset_password_sent_at
              t.datetime :remember_created_at
              t.string :last_name
              t.string :first_name
              t.string :phone
              t.string :passport
              t.integer :role, null: false, default: 0
              t.timestamps
              t.index :email, unique: true
            end
            create_table :orders do |t|
              t.references :user, null: false, foreign_key: true
              t.string :recipient
              t.text :note
              t.integer :total, null: false
              t.timestamps
            end
            create_table :branches do |t|
              t.string :city
            end
            create_table :versions do |t|
              t.string :item_type, null: false
              t.bigint :item_id, null: false
              t.string :event, null: false
              t.string :whodunnit
              t.text :object
              t.datetime :created_at
            end
            create_table :active_storage_blobs do |t|
              t.string :key, null: false
              t.string :filename, null: false
              t.string :content_type
              t.text :metadata
              t.string :service_name, null: false
              t.bigint :byte_size, null: false
              t.string :checksum, null: false
              t.datetime :created_at, null: false
              t.index :key, unique: true
            end
            create_table :active_storage_attachments do |t|
              t.string :name, null: false
              t.references :record, null: false, polymorphic: true, index: false
              t.references :blob, null: false, foreign_key: {to_table: :active_storage_blobs}
              t.datetime :created_at, null: false
            end
            create_table :active_storage_variant_records do |t|
              t.belongs_to :blob, null: false, index: false, foreign_key: {to_table: :active_storage_blobs}
              t.string :variation_digest, null: false
            end
          end
        end
        """,
    "db/schema.rb": """
        ActiveRecord::Schema.define(version: 2024_01_01_000000) do
          create_table "users", force: :cascade do |t|
            t.string "email", default: "", null: false
          end
        end
        """,
    "Gemfile.lock": """
        GEM
          remote: https://rubygems.org/
          specs:
            devise (4.8.1)
              railties (>= 4.1.0)
            paper_trail (12.0.0)
            pg (1.4.5)
            rails (6.1.7.10)

        PLATFORMS
          ruby
        """,
    "Dockerfile": "FROM ruby:3.1\n",
    "Procfile": "web: bundle exec puma\n",
}

#: What the application's process gets of the environment it is started in.
_PASSED = ("PATH", "HOME", "LANG", "TMPDIR")

#: Seconds that a command of the application may take.
_PATIENCE_S = 120

#: The same application with its files on S3, by Active Storage and Amazon's own library.
ON_S3 = {
    "config/storage.yml": """
        amazon:
          service: S3
          access_key_id: <%= ENV["AWS_ACCESS_KEY_ID"] || "none" %>
          secret_access_key: <%= ENV["AWS_SECRET_ACCESS_KEY"] || "none" %>
          region: us-east-1
          endpoint: <%= ENV["FILES_ENDPOINT"] || "http://127.0.0.1:1" %>
          force_path_style: true
          bucket: <%= ENV["FILES_BUCKET"] || "none" %>
        """,
    "config/environments/development.rb": """
        Rails.application.configure do
          config.active_storage.service = :amazon
        end
        """,
}


def write_application(folder: Path, more: Mapping[str, str] | None = None) -> Path:
    """The application's files below *folder*, with *more* in their place."""
    for name, text in {**FILES, **(more or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    (folder / "bin" / "rails").chmod(0o755)
    for name in ("tmp", "log", "test"):
        (folder / name).mkdir(exist_ok=True)
    return folder


def has_rails() -> bool:
    """Whether Debian's Rails, Devise, PaperTrail and the library for S3 are here."""
    ruby = shutil.which("ruby")
    asked = (
        "require 'rails'; require 'devise/version'; require 'paper_trail/version_number'; require 'pg'; require"
        " 'aws-sdk-s3'"
    )
    return ruby is not None and subprocess.run([ruby, "-e", asked], capture_output=True).returncode == 0


class Rails:
    """Commands of an application, each a fork of one Ruby that has loaded Rails before: a process of its own, which has
    not waited for that."""

    def __init__(self) -> None:
        self._ruby = subprocess.Popen(
            [shutil.which("ruby") or "ruby", str(Path(__file__).with_name("rails_warm.rb"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_passed(),
        )

    def __call__(
        self, folder: Path, *arguments: str, env: Mapping[str, str], program: str = "bin/rails", said: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """``bin/rails``, or another *program* of the application in *folder*, to its end; *said* is what it reads."""
        assert self._ruby.stdin
        assert self._ruby.stdout
        with tempfile.TemporaryDirectory() as place:
            names = {name: Path(place) / name for name in ("in", "out", "err")}
            names["in"].write_text(said)
            asked = {"folder": str(folder), "program": program, "arguments": arguments, "env": {**_passed(), **env}}
            self._ruby.stdin.write(json.dumps({**asked, **{name: str(path) for name, path in names.items()}}) + "\n")
            self._ruby.stdin.flush()
            assert is_readable(self._ruby.stdout, _PATIENCE_S), f"{arguments} did not end"
            code = int(self._ruby.stdout.readline())
            out, err = (names[name].read_text(errors="replace") for name in ("out", "err"))
        return subprocess.CompletedProcess([program, *arguments], code, out, err)

    def end(self) -> None:
        self._ruby.communicate(timeout=10)


def _passed() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED if name in os.environ}
