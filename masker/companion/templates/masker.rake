# Written by `masker init`: bin/rails masker:refresh, and what it consists of. Settings are those of masker.yml.
namespace :masker do
  # Runs masker after letting go of this process's own connections, which it would find in its way.
  # What is to be confirmed is in MASKER_CONFIRM, comma between, buckets too; the first is the database to be masked.
  run = lambda do |*command, confirm: nil|
    if confirm && ENV["MASKER_PREVIEW"].to_s.empty?
      abort "masker: MASKER_PREVIEW is not set; it is set in the preview's application alone, where this may be run"
    end
    url = ActiveRecord::Base.connection_db_config.configuration_hash[:url] || ENV["DATABASE_URL"]
    ENV["PREVIEW_DATABASE_URL"] = url if ENV["PREVIEW_DATABASE_URL"].to_s.empty? && url
    if ActiveRecord.gem_version >= Gem::Version.new("7.1")
      ActiveRecord::Base.connection_handler.clear_all_connections!(:all)
    else
      ActiveRecord::Base.connection_handler.clear_all_connections!
    end
    names = confirm ? ENV.fetch("MASKER_CONFIRM", "@@CONFIRM@@").split(",") : []
    names = names.first(1) if confirm == :first
    confirmed = names.flat_map { |name| ["--confirm", name] }
    system(ENV.fetch("MASKER", "masker"), *command, "-c", "masker.yml", *confirmed) or exit($?&.exitstatus || 127)
  end

  desc "Make this preview what production is: copied, masked on the way, verified"
  task(refresh: :environment) { run.call("refresh", confirm: :all) }

  desc "What a refresh would do; nothing is touched"
  task(plan: :environment) { run.call("plan", "refresh") }

  desc "Mask this preview where it stands, as after heroku pg:copy"
  task(mask: :environment) { run.call("mask", confirm: :first) }

  desc "Make the preview's buckets what production's are"
  task(sync: :environment) { run.call("sync", confirm: :all) }

  desc "Exit 8 unless a run has masked and verified this database"
  task(verify: :environment) { run.call("verify", "--gate") }

  desc "Whether all is ready for a refresh"
  task(doctor: :environment) { run.call("doctor") }

  desc "How the preview stands, in one line"
  task(status: :environment) { run.call("status") }

  desc "A digest of each environment variable under NONCE, for `masker doctor`; no value is told"
  task :environment_digests, [:nonce] do |_, arguments|
    require "openssl"
    require "json"
    nonce = arguments[:nonce].to_s
    abort "masker: a nonce is missing: bin/rails 'masker:environment_digests[NONCE]'" if nonce.length < 16

    digests = ENV.to_h.reject { |_, value| value.empty? }
                 .transform_values { |value| OpenSSL::HMAC.hexdigest("SHA256", nonce, value) }
    puts JSON.generate("rails_env" => ENV["RAILS_ENV"], "variables" => digests)
  end

  desc "Share of rows that each model's own validations accept; ROWS=300 of each"
  task valid: :environment do
    Rails.application.eager_load!
    ActiveRecord::Base.descendants.reject(&:abstract_class?).select(&:table_exists?).sort_by(&:name).each do |model|
      failing = Hash.new(0)
      rows = model.unscoped.limit(ENV.fetch("ROWS", "300").to_i).to_a
      accepted = rows.count do |row|
        next true if row.valid?

        row.errors.attribute_names.each { |name| failing[name] += 1 }
        false
      rescue StandardError => error
        failing[error.class.name] += 1
        false
      end
      next if rows.empty?

      puts format("%-40s %5d of %5d %s", model.name, accepted, rows.size, failing.map { |name, n| "#{name} #{n}" }.join(", "))
    end
  end
end
