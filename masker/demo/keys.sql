-- Keys, indexes, foreign keys, triggers and views of the bookshop.

ALTER TABLE ONLY schema_migrations ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY ar_internal_metadata ADD CONSTRAINT ar_internal_metadata_pkey PRIMARY KEY (key);
ALTER TABLE ONLY users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY addresses ADD CONSTRAINT addresses_pkey PRIMARY KEY (id);
ALTER TABLE ONLY products ADD CONSTRAINT products_pkey PRIMARY KEY (id);
ALTER TABLE ONLY price_changes ADD CONSTRAINT price_changes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY order_items ADD CONSTRAINT order_items_pkey PRIMARY KEY (id);
ALTER TABLE ONLY messages ADD CONSTRAINT messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY newsletter_subscriptions ADD CONSTRAINT newsletter_subscriptions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY newsletter_deliveries ADD CONSTRAINT newsletter_deliveries_pkey PRIMARY KEY (id);
ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id, created_at);
ALTER TABLE ONLY active_storage_blobs ADD CONSTRAINT active_storage_blobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY active_storage_attachments ADD CONSTRAINT active_storage_attachments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY active_storage_variant_records ADD CONSTRAINT active_storage_variant_records_pkey PRIMARY KEY (id);
ALTER TABLE ONLY versions ADD CONSTRAINT versions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY sessions ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY solid_queue_jobs ADD CONSTRAINT solid_queue_jobs_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX index_users_on_email ON users USING btree (email);
CREATE UNIQUE INDEX index_users_on_reset_password_token ON users USING btree (reset_password_token);
CREATE UNIQUE INDEX index_users_on_confirmation_token ON users USING btree (confirmation_token);
CREATE UNIQUE INDEX index_users_on_unlock_token ON users USING btree (unlock_token);
CREATE UNIQUE INDEX index_users_on_api_token ON users USING btree (api_token);
CREATE INDEX index_users_on_last_name_kana_and_first_name_kana ON users USING btree (last_name_kana, first_name_kana);
CREATE INDEX index_users_on_lower_email ON users USING btree (lower((email)::text));
CREATE INDEX index_users_on_profile ON users USING gin (profile jsonb_path_ops);
CREATE INDEX index_addresses_on_user_id ON addresses USING btree (user_id);
CREATE UNIQUE INDEX index_products_on_isbn ON products USING btree (isbn);
CREATE INDEX index_products_on_search ON products USING gin (search);
CREATE INDEX index_price_changes_on_product_id ON price_changes USING btree (product_id);
CREATE UNIQUE INDEX index_orders_on_number ON orders USING btree (number);
CREATE INDEX index_orders_on_user_id ON orders USING btree (user_id);
CREATE INDEX index_orders_on_placed_at ON orders USING btree (placed_at) WHERE (status <> 'cart'::order_status);
CREATE INDEX index_orders_on_shipping_phone ON orders USING btree (shipping_phone);
CREATE UNIQUE INDEX index_order_items_on_order_id_and_product_id ON order_items USING btree (order_id, product_id);
CREATE INDEX index_order_items_on_product_id ON order_items USING btree (product_id);
CREATE INDEX index_messages_on_user_id_and_created_at ON messages USING btree (user_id, created_at);
CREATE INDEX index_messages_on_order_id ON messages USING btree (order_id);
CREATE UNIQUE INDEX index_newsletter_subscriptions_on_email ON newsletter_subscriptions USING btree (email);
CREATE INDEX index_newsletter_deliveries_on_email ON newsletter_deliveries USING btree (email);
CREATE INDEX index_events_on_user_id ON events USING btree (user_id);
CREATE UNIQUE INDEX index_active_storage_blobs_on_key ON active_storage_blobs USING btree (key);
CREATE INDEX index_active_storage_attachments_on_blob_id ON active_storage_attachments USING btree (blob_id);
CREATE UNIQUE INDEX index_active_storage_attachments_uniqueness
    ON active_storage_attachments USING btree (record_type, record_id, name, blob_id);
CREATE UNIQUE INDEX index_active_storage_variant_records_uniqueness
    ON active_storage_variant_records USING btree (blob_id, variation_digest);
CREATE INDEX index_versions_on_item_type_and_item_id ON versions USING btree (item_type, item_id);
CREATE UNIQUE INDEX index_sessions_on_session_id ON sessions USING btree (session_id);
CREATE INDEX index_sessions_on_updated_at ON sessions USING btree (updated_at);
CREATE INDEX index_solid_queue_jobs_on_queue_name_and_finished_at ON solid_queue_jobs USING btree (queue_name, finished_at);

CREATE STATISTICS users_places (dependencies, mcv) ON prefecture, city FROM users;

ALTER TABLE ONLY addresses ADD CONSTRAINT fk_rails_48c9e0c5a2 FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY price_changes ADD CONSTRAINT fk_rails_0c1a2b7de4 FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE;
ALTER TABLE ONLY orders ADD CONSTRAINT fk_rails_f868b47f6a FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY order_items ADD CONSTRAINT fk_rails_e3cb28f071 FOREIGN KEY (order_id) REFERENCES orders(id);
ALTER TABLE ONLY order_items ADD CONSTRAINT fk_rails_f1a29ddd47 FOREIGN KEY (product_id) REFERENCES products(id);
ALTER TABLE ONLY messages ADD CONSTRAINT fk_rails_273a25a7a6 FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE ONLY messages ADD CONSTRAINT fk_rails_d7a52f1b90 FOREIGN KEY (order_id) REFERENCES orders(id);
ALTER TABLE ONLY active_storage_attachments ADD CONSTRAINT fk_rails_c3b3935057 FOREIGN KEY (blob_id) REFERENCES active_storage_blobs(id);
ALTER TABLE ONLY active_storage_variant_records ADD CONSTRAINT fk_rails_993965df05 FOREIGN KEY (blob_id) REFERENCES active_storage_blobs(id);

CREATE FUNCTION log_price() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO public.price_changes (product_id, price_before, price_after) VALUES (new.id, old.price, new.price);
    RETURN new;
END
$$;
CREATE TRIGGER products_log_price AFTER UPDATE OF price ON products
    FOR EACH ROW WHEN ((old.price)::integer <> (new.price)::integer) EXECUTE FUNCTION log_price();

CREATE FUNCTION count_orders() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE public.users SET orders_count = orders_count + 1 WHERE id = new.user_id;
    RETURN new;
END
$$;
CREATE TRIGGER orders_count AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION count_orders();

CREATE VIEW open_orders AS
    SELECT orders.id, orders.number, users.full_name, orders.status, orders.total, orders.placed_at
    FROM orders JOIN users ON users.id = orders.user_id
    WHERE orders.status IN ('placed', 'paid');

CREATE MATERIALIZED VIEW best_customers AS
    SELECT users.id AS user_id, users.full_name, users.prefecture, count(*) AS orders, sum(orders.total) AS spent
    FROM users JOIN orders ON orders.user_id = users.id
    WHERE orders.status IN ('paid', 'shipped', 'delivered')
    GROUP BY users.id
    HAVING count(*) >= 3;
CREATE UNIQUE INDEX index_best_customers_on_user_id ON best_customers USING btree (user_id);
