# auto-generated
ActiveRecord::Schema[7.1].define(version: 2026_11_26_101500) do
  create_schema "audit"

  # These are extensions that must be enabled in order to support this database
  enable_extension "citext"
  enable_extension "hstore"
  enable_extension "pg_catalog.plpgsql"

  create_enum "state", ["on", "off", "it's"]

  create_table "accounts", id: :uuid, default: -> { "gen_random_uuid()" }, comment: "who pays; \"all\" of them", force: :cascade do |t|
    t.string "name", limit: 40, default: "", null: false
    t.citext "email", null: false, comment: "sensitive=true"
    t.decimal "worth", precision: 10, scale: 2, default: "0.0"
    t.decimal "debt", default: "-1.5", null: false
    t.integer "level", limit: 2, default: -1, null: false
    t.bigint "points", default: 0
    t.bigint "big", default: 5000000000
    t.float "share", default: 0.5
    t.float "f2", default: 1.0
    t.boolean "active", default: true, null: false
    t.jsonb "settings", default: {}, null: false
    t.json "list", default: []
    t.jsonb "deep", default: {"a" => 1, "b" => ["x"]}
    t.string "tags", default: [], array: true
    t.string "more_tags", default: ["a", "b c"], null: false, array: true
    t.integer "numbers", default: [1, 2], array: true
    t.hstore "extra", default: {}, null: false
    t.enum "state", default: "on", null: false, enum_type: "state"
    t.datetime "created_at", null: false
    t.datetime "updated_at", precision: nil
    t.datetime "at3", precision: 3, default: "2020-01-01 00:00:00"
    t.timestamptz "seen_at", default: -> { "now()" }
    t.time "opens"
    t.date "born", default: "2000-01-01"
    t.binary "blob"
    t.inet "ip"
    t.bit "bits", limit: 4
    t.interval "wait"
    t.tsvector "search"
    t.uuid "token", default: -> { "gen_random_uuid()" }, null: false
    t.text "note", default: "it's \\ a\nline", collation: "C"
    t.virtual "lower_name", type: :string, as: "lower((name)::text)", stored: true
    t.daterange "span"
    t.index "lower((name)::text)", name: "index_accounts_on_lower_name", unique: true
    t.index ["email"], name: "index_accounts_on_email", unique: true, where: "(active IS TRUE)"
    t.index ["name", "points"], name: "many", order: { points: :desc }, opclass: { name: :varchar_pattern_ops }
    t.index ["settings"], name: "gin", using: :gin
    t.index ["points"], name: "inc", include: ["name"]
    t.index ["created_at"], name: "last", order: "DESC NULLS LAST"
    t.check_constraint "level > '-5'::integer", name: "levels"
    t.check_constraint "char_length(name::text) <= 40 AND points >= 0", name: "named_and_paid"
    t.unique_constraint ["token"], name: "once", deferrable: :deferred
    t.unique_constraint ["worth", "points"]
  end

  create_table "audit.events", primary_key: ["at", "who"], options: "PARTITION BY RANGE (at)", force: :cascade do |t|
    t.datetime "at", null: false
    t.bigint "who", null: false
  end

  create_table "categories", id: :serial, force: :cascade do |t|
    t.bigint "category_id"
    t.uuid "account_id", null: false
    t.string "select"
    t.index ["account_id"], name: "index_categories_on_account_id"
  end

  create_table "codes", primary_key: "code", id: { type: :string, limit: 36, comment: "the code" }, force: :cascade do |t|
    t.text "what"
  end

  create_table "joined", id: false, force: :cascade do |t|
    t.bigint "post_id", null: false
    t.integer "category_id", null: false
    t.string "code_id"
  end

  create_table "posts", force: :cascade do |t|
    t.datetime "published_at", default: -> { "CURRENT_TIMESTAMP" }, null: false
  end

  add_foreign_key "categories", "accounts", on_delete: :cascade
  add_foreign_key "categories", "categories"
  add_foreign_key "joined", "categories", name: "to_categories", validate: false
  add_foreign_key "joined", "codes", primary_key: "code", on_update: :cascade, deferrable: :deferred
  add_foreign_key "joined", "posts", on_delete: :restrict
  add_check_constraint "posts", "published_at > '2000-01-01'::date", name: "not_before", validate: false

  create_view "totals", materialized: true, sql_definition: <<-SQL
      SELECT category_id, count(*) AS n
     FROM joined
    GROUP BY category_id;
  SQL
  add_index "totals", ["category_id"], name: "by_category", unique: true
  create_function :touch, sql_definition: <<-'SQL'
      CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $function$
      begin new.x := '\n'; return new; end; $function$
  SQL
end
