-- The bookshop's tables, as Rails writes them in db/structure.sql. Keys, indexes and triggers follow in keys.sql, once the rows are in.

CREATE EXTENSION IF NOT EXISTS citext;

CREATE TYPE user_role AS ENUM ('customer', 'bookseller', 'admin');
CREATE TYPE order_status AS ENUM ('cart', 'placed', 'paid', 'shipped', 'delivered', 'cancelled');
CREATE DOMAIN yen AS integer CHECK (VALUE >= 0);

CREATE TABLE schema_migrations (version character varying NOT NULL);

CREATE TABLE ar_internal_metadata (
    key character varying NOT NULL,
    value character varying,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE users (
    id bigserial NOT NULL,
    email character varying DEFAULT ''::character varying NOT NULL,
    encrypted_password character varying DEFAULT ''::character varying NOT NULL,
    reset_password_token character varying,
    reset_password_sent_at timestamp(6) without time zone,
    remember_created_at timestamp(6) without time zone,
    sign_in_count integer DEFAULT 0 NOT NULL,
    current_sign_in_at timestamp(6) without time zone,
    last_sign_in_at timestamp(6) without time zone,
    current_sign_in_ip inet,
    last_sign_in_ip inet,
    confirmation_token character varying,
    confirmed_at timestamp(6) without time zone,
    confirmation_sent_at timestamp(6) without time zone,
    unconfirmed_email character varying,
    failed_attempts integer DEFAULT 0 NOT NULL,
    unlock_token character varying,
    locked_at timestamp(6) without time zone,
    role user_role DEFAULT 'customer'::user_role NOT NULL,
    staff boolean DEFAULT false NOT NULL,
    last_name character varying(40) NOT NULL,
    first_name character varying(40) NOT NULL,
    last_name_kana character varying(40),
    first_name_kana character varying(40),
    full_name character varying GENERATED ALWAYS AS ((((last_name)::text || ' '::text) || (first_name)::text)) STORED,
    phone character varying(13),
    postal_code character varying(8),
    prefecture character varying(10),
    city character varying(60),
    street character varying(120),
    building character varying(120),
    birthday date,
    profile jsonb DEFAULT '{}'::jsonb NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    bio text,
    api_token character varying NOT NULL,
    stripe_customer_id character varying,
    orders_count integer DEFAULT 0 NOT NULL,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL,
    CONSTRAINT users_kana_is_katakana CHECK ((((last_name_kana)::text || (first_name_kana)::text) ~ '^[ァ-ヴー・]+$'::text)),
    CONSTRAINT users_postal_code_form CHECK (((postal_code)::text ~ '^\d{3}-\d{4}$'::text))
);
COMMENT ON TABLE users IS 'Customers and staff (Devise)';
COMMENT ON COLUMN users.profile IS 'contact.line_id, contact.emails[], favourites, heard_from';

CREATE TABLE addresses (
    id bigserial NOT NULL,
    user_id bigint NOT NULL,
    label character varying(20) DEFAULT '自宅'::character varying NOT NULL,
    recipient character varying(80) NOT NULL,
    recipient_kana character varying(80),
    postal_code character varying(8) NOT NULL,
    prefecture character varying(10) NOT NULL,
    city character varying(60) NOT NULL,
    street character varying(120) NOT NULL,
    building character varying(120),
    phone character varying(13),
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE products (
    id bigserial NOT NULL,
    isbn character(13) NOT NULL,
    title character varying NOT NULL,
    publisher character varying NOT NULL,
    price yen NOT NULL,
    stock integer DEFAULT 0 NOT NULL,
    published_on date,
    tags character varying[] DEFAULT '{}'::character varying[] NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, (((title)::text || ' '::text) || (publisher)::text))) STORED,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL,
    CONSTRAINT products_stock_not_negative CHECK ((stock >= 0))
);

CREATE TABLE price_changes (
    id bigint GENERATED ALWAYS AS IDENTITY,
    product_id bigint NOT NULL,
    price_before yen NOT NULL,
    price_after yen NOT NULL,
    changed_at timestamp(6) without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
COMMENT ON TABLE price_changes IS 'Written by the trigger products_log_price';

CREATE TABLE orders (
    id bigserial NOT NULL,
    number character varying(16) NOT NULL,
    user_id bigint NOT NULL,
    status order_status DEFAULT 'cart'::order_status NOT NULL,
    subtotal yen NOT NULL,
    shipping_fee yen DEFAULT 0 NOT NULL,
    total integer GENERATED ALWAYS AS (((subtotal)::integer + (shipping_fee)::integer)) STORED,
    shipping_last_name character varying(40) NOT NULL,
    shipping_first_name character varying(40) NOT NULL,
    shipping_name_kana character varying(80),
    shipping_phone character varying(13),
    shipping_postal_code character varying(8),
    shipping_address character varying(240),
    gift_message text,
    note text,
    ip_address inet,
    placed_at timestamp(6) without time zone,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL,
    CONSTRAINT orders_placed_unless_cart CHECK (((status = 'cart'::order_status) OR (placed_at IS NOT NULL)))
);

CREATE TABLE order_items (
    id bigserial NOT NULL,
    order_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity smallint NOT NULL,
    unit_price yen NOT NULL,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL,
    CONSTRAINT order_items_quantity_positive CHECK ((quantity > 0))
);

CREATE TABLE messages (
    id bigserial NOT NULL,
    user_id bigint NOT NULL,
    order_id bigint,
    from_staff boolean DEFAULT false NOT NULL,
    body text NOT NULL,
    read_at timestamp(6) without time zone,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE newsletter_subscriptions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email citext NOT NULL,
    name character varying,
    unsubscribe_token character varying(32) NOT NULL,
    confirmed_at timestamp(6) without time zone,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE newsletter_deliveries (
    id bigserial NOT NULL,
    email citext NOT NULL,
    issue integer NOT NULL,
    opened_at timestamp(6) without time zone,
    created_at timestamp(6) without time zone NOT NULL
);
COMMENT ON COLUMN newsletter_deliveries.email IS 'No foreign key: deliveries outlive subscriptions';

CREATE TABLE events (
    id bigserial NOT NULL,
    user_id bigint,
    name character varying NOT NULL,
    ip inet,
    user_agent character varying,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp(6) without time zone NOT NULL
) PARTITION BY RANGE (created_at);

CREATE TABLE active_storage_blobs (
    id bigserial NOT NULL,
    key character varying NOT NULL,
    filename character varying NOT NULL,
    content_type character varying,
    metadata text,
    service_name character varying NOT NULL,
    byte_size bigint NOT NULL,
    checksum character varying,
    created_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE active_storage_attachments (
    id bigserial NOT NULL,
    name character varying NOT NULL,
    record_type character varying NOT NULL,
    record_id bigint NOT NULL,
    blob_id bigint NOT NULL,
    created_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE active_storage_variant_records (
    id bigserial NOT NULL,
    blob_id bigint NOT NULL,
    variation_digest character varying NOT NULL
);

CREATE TABLE versions (
    id bigserial NOT NULL,
    item_type character varying NOT NULL,
    item_id bigint NOT NULL,
    event character varying NOT NULL,
    whodunnit character varying,
    object jsonb,
    object_changes jsonb,
    created_at timestamp(6) without time zone
);

CREATE TABLE sessions (
    id bigserial NOT NULL,
    session_id character varying NOT NULL,
    data text,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);

CREATE TABLE solid_queue_jobs (
    id bigserial NOT NULL,
    queue_name character varying NOT NULL,
    class_name character varying NOT NULL,
    arguments text,
    priority integer DEFAULT 0 NOT NULL,
    active_job_id character varying,
    scheduled_at timestamp(6) without time zone,
    finished_at timestamp(6) without time zone,
    concurrency_key character varying,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);
