ActiveRecord::Schema[8.0].define(version: 1) do
  create_table "accounts", force: :cascade do |t|
    t.string "owner"
  end
  create_table "users", force: :cascade do |t|
    t.string "email", null: false
    t.string "phone", limit: 20
    t.string "name", null: false
    t.integer "age"
    t.string "code", null: false
    t.string "token"
    t.text "note"
    t.string "slug"
    t.string "kind"
    t.virtual "full", type: :string, as: "lower((email)::text)", stored: true
    t.decimal "rate"
    t.inet "last_ip"
    t.index ["code"], name: "by_code", unique: true
    t.check_constraint "char_length((phone)::text) > 3", name: "long"
  end
  create_table "orders", force: :cascade do |t|
    t.bigint "user_id", null: false
    t.bigint "account_id"
    t.string "ship_to"
  end
  add_foreign_key "orders", "users"
  add_foreign_key "orders", "accounts"
end
