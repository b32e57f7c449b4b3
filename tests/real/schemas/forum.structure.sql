-- An invented forum, as `rails db:schema:dump` writes db/structure.sql: Devise, PaperTrail, Active Storage, FriendlyId, counters.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET row_security = off;

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE TYPE public.topic_state AS ENUM ('open', 'solved', 'closed');

CREATE FUNCTION public.count_posts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE public.topics SET posts_count = posts_count + 1 WHERE id = NEW.topic_id;
  RETURN NEW;
END;
$$;

SET default_tablespace = '';
SET default_table_access_method = heap;

CREATE TABLE public.active_storage_attachments (
    id bigint NOT NULL,
    name character varying NOT NULL,
    record_type character varying NOT NULL,
    record_id bigint NOT NULL,
    blob_id bigint NOT NULL,
    created_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.active_storage_blobs (
    id bigint NOT NULL,
    key character varying NOT NULL,
    filename character varying NOT NULL,
    content_type character varying,
    metadata text,
    service_name character varying NOT NULL,
    byte_size bigint NOT NULL,
    checksum character varying,
    created_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.active_storage_variant_records (
    id bigint NOT NULL,
    blob_id bigint NOT NULL,
    variation_digest character varying NOT NULL
);
CREATE TABLE public.ar_internal_metadata (
    key character varying NOT NULL,
    value character varying,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.boards (
    id bigint NOT NULL,
    parent_id bigint,
    title character varying(80) NOT NULL,
    slug character varying NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    created_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.friendly_id_slugs (
    id bigint NOT NULL,
    slug character varying NOT NULL,
    sluggable_id integer NOT NULL,
    sluggable_type character varying(50),
    scope character varying,
    created_at timestamp(6) without time zone
);
CREATE TABLE public.memberships (
    board_id bigint NOT NULL,
    user_id bigint NOT NULL,
    role character varying DEFAULT 'reader'::character varying NOT NULL,
    CONSTRAINT known_role CHECK (((role)::text = ANY ((ARRAY['reader'::character varying, 'writer'::character varying, 'moderator'::character varying])::text[])))
);
CREATE TABLE public.messages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    sender_id bigint NOT NULL,
    recipient_id bigint NOT NULL,
    subject character varying(120),
    body text NOT NULL,
    read_at timestamp(6) with time zone,
    created_at timestamp(6) with time zone NOT NULL
);
CREATE TABLE public.posts (
    id bigint NOT NULL,
    topic_id bigint NOT NULL,
    author_id bigint,
    answers_id bigint,
    author_name character varying(60),
    body text NOT NULL,
    ip_address inet,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, body)) STORED,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.schema_migrations (
    version character varying NOT NULL
);
CREATE TABLE public.topics (
    id bigint NOT NULL,
    board_id bigint NOT NULL,
    author_id bigint,
    title character varying(160) NOT NULL,
    tags character varying[] DEFAULT '{}'::character varying[] NOT NULL,
    state public.topic_state DEFAULT 'open'::public.topic_state NOT NULL,
    posts_count integer DEFAULT 0 NOT NULL,
    created_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.users (
    id bigint NOT NULL,
    email public.citext NOT NULL,
    encrypted_password character varying DEFAULT ''::character varying NOT NULL,
    reset_password_token character varying,
    reset_password_sent_at timestamp(6) without time zone,
    sign_in_count integer DEFAULT 0 NOT NULL,
    current_sign_in_at timestamp(6) without time zone,
    last_sign_in_at timestamp(6) without time zone,
    current_sign_in_ip inet,
    last_sign_in_ip inet,
    confirmation_token character varying,
    confirmed_at timestamp(6) without time zone,
    confirmation_sent_at timestamp(6) without time zone,
    unconfirmed_email character varying,
    nickname character varying(60) NOT NULL,
    real_name character varying,
    signature text,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    type character varying,
    born_on date,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.versions (
    id bigint NOT NULL,
    item_type character varying NOT NULL,
    item_id bigint NOT NULL,
    event character varying NOT NULL,
    whodunnit character varying,
    object jsonb,
    object_changes jsonb,
    created_at timestamp(6) without time zone
);
CREATE TABLE public.votes (
    id bigint NOT NULL,
    votable_type character varying NOT NULL,
    votable_id bigint NOT NULL,
    user_id bigint NOT NULL,
    weight smallint DEFAULT 1 NOT NULL,
    CONSTRAINT up_or_down CHECK ((weight = ANY (ARRAY[(-1), 1])))
);

CREATE VIEW public.open_topics AS
 SELECT topics.id, topics.board_id, topics.title
   FROM public.topics
  WHERE (topics.state = 'open'::public.topic_state);

CREATE SEQUENCE public.active_storage_attachments_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.active_storage_attachments_id_seq OWNED BY public.active_storage_attachments.id;
CREATE SEQUENCE public.active_storage_blobs_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.active_storage_blobs_id_seq OWNED BY public.active_storage_blobs.id;
CREATE SEQUENCE public.active_storage_variant_records_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.active_storage_variant_records_id_seq OWNED BY public.active_storage_variant_records.id;
CREATE SEQUENCE public.boards_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.boards_id_seq OWNED BY public.boards.id;
CREATE SEQUENCE public.friendly_id_slugs_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.friendly_id_slugs_id_seq OWNED BY public.friendly_id_slugs.id;
CREATE SEQUENCE public.posts_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.posts_id_seq OWNED BY public.posts.id;
CREATE SEQUENCE public.topics_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.topics_id_seq OWNED BY public.topics.id;
CREATE SEQUENCE public.users_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
CREATE SEQUENCE public.versions_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.versions_id_seq OWNED BY public.versions.id;
CREATE SEQUENCE public.votes_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.votes_id_seq OWNED BY public.votes.id;

ALTER TABLE ONLY public.active_storage_attachments ALTER COLUMN id SET DEFAULT nextval('public.active_storage_attachments_id_seq'::regclass);
ALTER TABLE ONLY public.active_storage_blobs ALTER COLUMN id SET DEFAULT nextval('public.active_storage_blobs_id_seq'::regclass);
ALTER TABLE ONLY public.active_storage_variant_records ALTER COLUMN id SET DEFAULT nextval('public.active_storage_variant_records_id_seq'::regclass);
ALTER TABLE ONLY public.boards ALTER COLUMN id SET DEFAULT nextval('public.boards_id_seq'::regclass);
ALTER TABLE ONLY public.friendly_id_slugs ALTER COLUMN id SET DEFAULT nextval('public.friendly_id_slugs_id_seq'::regclass);
ALTER TABLE ONLY public.posts ALTER COLUMN id SET DEFAULT nextval('public.posts_id_seq'::regclass);
ALTER TABLE ONLY public.topics ALTER COLUMN id SET DEFAULT nextval('public.topics_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
ALTER TABLE ONLY public.versions ALTER COLUMN id SET DEFAULT nextval('public.versions_id_seq'::regclass);
ALTER TABLE ONLY public.votes ALTER COLUMN id SET DEFAULT nextval('public.votes_id_seq'::regclass);

ALTER TABLE ONLY public.active_storage_attachments ADD CONSTRAINT active_storage_attachments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.active_storage_blobs ADD CONSTRAINT active_storage_blobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.active_storage_variant_records ADD CONSTRAINT active_storage_variant_records_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.ar_internal_metadata ADD CONSTRAINT ar_internal_metadata_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.boards ADD CONSTRAINT boards_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.friendly_id_slugs ADD CONSTRAINT friendly_id_slugs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.memberships ADD CONSTRAINT memberships_pkey PRIMARY KEY (board_id, user_id);
ALTER TABLE ONLY public.messages ADD CONSTRAINT messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.posts ADD CONSTRAINT posts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.schema_migrations ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.topics ADD CONSTRAINT topics_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.versions ADD CONSTRAINT versions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.votes ADD CONSTRAINT votes_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX index_active_storage_attachments_uniqueness ON public.active_storage_attachments USING btree (record_type, record_id, name, blob_id);
CREATE INDEX index_active_storage_attachments_on_blob_id ON public.active_storage_attachments USING btree (blob_id);
CREATE UNIQUE INDEX index_active_storage_blobs_on_key ON public.active_storage_blobs USING btree (key);
CREATE UNIQUE INDEX index_active_storage_variant_records_uniqueness ON public.active_storage_variant_records USING btree (blob_id, variation_digest);
CREATE UNIQUE INDEX index_boards_on_slug ON public.boards USING btree (slug);
CREATE UNIQUE INDEX index_friendly_id_slugs ON public.friendly_id_slugs USING btree (slug, sluggable_type, scope);
CREATE INDEX index_messages_unread ON public.messages USING btree (recipient_id) WHERE (read_at IS NULL);
CREATE INDEX index_posts_on_search ON public.posts USING gin (search);
CREATE INDEX index_posts_on_topic_id_and_created_at ON public.posts USING btree (topic_id, created_at DESC);
CREATE INDEX index_topics_on_tags ON public.topics USING gin (tags);
CREATE INDEX index_topics_on_title ON public.topics USING gin (title public.gin_trgm_ops);
CREATE UNIQUE INDEX index_users_on_confirmation_token ON public.users USING btree (confirmation_token);
CREATE UNIQUE INDEX index_users_on_email ON public.users USING btree (email);
CREATE UNIQUE INDEX index_users_on_lower_nickname ON public.users USING btree (lower((nickname)::text));
CREATE UNIQUE INDEX index_users_on_reset_password_token ON public.users USING btree (reset_password_token);
CREATE INDEX index_versions_on_item_type_and_item_id ON public.versions USING btree (item_type, item_id);
CREATE UNIQUE INDEX index_votes_once ON public.votes USING btree (user_id, votable_type, votable_id);

CREATE TRIGGER count_posts AFTER INSERT ON public.posts FOR EACH ROW EXECUTE FUNCTION public.count_posts();

ALTER TABLE ONLY public.active_storage_attachments ADD CONSTRAINT fk_rails_c3b3935057 FOREIGN KEY (blob_id) REFERENCES public.active_storage_blobs(id);
ALTER TABLE ONLY public.active_storage_variant_records ADD CONSTRAINT fk_rails_993965df05 FOREIGN KEY (blob_id) REFERENCES public.active_storage_blobs(id);
ALTER TABLE ONLY public.boards ADD CONSTRAINT fk_boards_parent FOREIGN KEY (parent_id) REFERENCES public.boards(id);
ALTER TABLE ONLY public.memberships ADD CONSTRAINT fk_memberships_board FOREIGN KEY (board_id) REFERENCES public.boards(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.memberships ADD CONSTRAINT fk_memberships_user FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.messages ADD CONSTRAINT fk_messages_recipient FOREIGN KEY (recipient_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.messages ADD CONSTRAINT fk_messages_sender FOREIGN KEY (sender_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.posts ADD CONSTRAINT fk_posts_answers FOREIGN KEY (answers_id) REFERENCES public.posts(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.posts ADD CONSTRAINT fk_posts_author FOREIGN KEY (author_id) REFERENCES public.users(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.posts ADD CONSTRAINT fk_posts_topic FOREIGN KEY (topic_id) REFERENCES public.topics(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.topics ADD CONSTRAINT fk_topics_author FOREIGN KEY (author_id) REFERENCES public.users(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.topics ADD CONSTRAINT fk_topics_board FOREIGN KEY (board_id) REFERENCES public.boards(id);
ALTER TABLE ONLY public.votes ADD CONSTRAINT fk_votes_user FOREIGN KEY (user_id) REFERENCES public.users(id);

SET search_path TO "$user", public;
