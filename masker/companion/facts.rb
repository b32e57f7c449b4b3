# What an application says of its own data, written as JSON to the file that MASKER_FACTS_FILE names. `masker init` runs
# it by `bin/rails runner`. Names only: no row is read, no key and no value is told.
require "json"

module MaskerFacts
  OPTIONS = %i[with maximum minimum is in within].freeze

  class << self
    def all
      config = Rails.application.config
      Rails.application.eager_load!
      {
        version: 1,
        application: {
          name: Rails.application.class.name.to_s.split("::").first,
          rails: Rails.version,
          ruby: RUBY_VERSION,
          locale: I18n.default_locale.to_s,
          time_zone: config.time_zone.to_s,
          queue: adapter(config),
          cache: Array(config.cache_store).first.to_s,
          mail: quietly { config.action_mailer.delivery_method.to_s },
          storage: quietly { config.active_storage.service.to_s },
        }.compact,
        filter_parameters: config.filter_parameters.map { |each| each.is_a?(Regexp) ? each.source : each.to_s },
        encryption: encryption,
        models: models.to_h { |model| [model.name, facts_of(model)] },
      }.compact
    end

    private

    # Abstract classes keep no rows, anonymous ones cannot be named, and some have no table yet.
    def models
      ActiveRecord::Base.descendants.select do |model|
        model.name && !model.abstract_class? && !model.name.start_with?("HABTM_") && quietly { model.table_exists? }
      end.sort_by(&:name)
    end

    def facts_of(model)
      base = model.base_class
      inherits = base != model && base.name
      has_type = quietly { model.columns_hash.key?(model.inheritance_column) }
      {
        table: model.table_name,
        primary_key: Array(model.primary_key),
        base: inherits && models.include?(base) ? base.name : nil,
        type_column: has_type ? model.inheritance_column : nil,
        stored_as: quietly { model.polymorphic_name unless model.polymorphic_name == base.name },
        belongs_to: belongs_to(model),
        polymorphic: polymorphic(model),
        encrypted: encrypted(model),
        serialized: serialized(model),
        enums: model.defined_enums.to_h { |name, states| [name, states.keys.map(&:to_s)] }.reject { |_, s| s.empty? },
        passwords: passwords(model),
        attachments: reflections_of(model, :reflect_on_all_attachments) { |each| each.name.to_s },
        rich_texts: reflections_of(model, :reflect_on_all_associations) do |each|
          each.name.to_s.delete_prefix("rich_text_") if each.name.to_s.start_with?("rich_text_")
        end,
        devise: model.respond_to?(:devise_modules) ? model.devise_modules.map(&:to_s) : [],
        history: history(model),
        slug_of: quietly { Array(model.friendly_id_config.base).map(&:to_s) } || [],
        validators: validators(model),
      }.reject { |_, value| value.nil? || (value.respond_to?(:empty?) && value.empty?) }
    end

    def belongs_to(model)
      found = model.reflect_on_all_associations(:belongs_to).reject(&:polymorphic?)
      found.each_with_object({}) do |each, all|
        other = quietly { each.klass.name }
        next if other.nil? || !each.foreign_key.is_a?(String) && !each.foreign_key.is_a?(Symbol)

        key = quietly { each.options[:primary_key]&.to_s }
        all[each.foreign_key.to_s] = { class: other, key: key }.compact
      end
    end

    def polymorphic(model)
      model.reflect_on_all_associations(:belongs_to).select(&:polymorphic?).to_h do |each|
        [each.foreign_key.to_s, { type: each.foreign_type.to_s }]
      end
    end

    def encrypted(model)
      names = quietly { model.encrypted_attributes } || []
      names.to_h do |name|
        scheme = quietly { model.type_for_attribute(name).scheme }
        told = {
          deterministic: quietly { scheme.deterministic? },
          downcase: quietly { scheme.downcase? },
          ignore_case: quietly { scheme.ignore_case? },
          previous: quietly { scheme.previous_schemes.length },
        }
        [name.to_s, told.compact.transform_values { |value| value.is_a?(Integer) ? value : value ? true : false }]
      end
    end

    def serialized(model)
      model.attribute_names.each_with_object({}) do |name, all|
        type = model.type_for_attribute(name)
        next unless defined?(ActiveRecord::Type::Serialized) && type.is_a?(ActiveRecord::Type::Serialized)

        inner = type.coder.instance_variable_get(:@coder) || type.coder
        coder = inner.is_a?(Module) ? inner.name.to_s : inner.class.name.to_s
        all[name] = case coder
                    when /YAML/i then "yaml"
                    when /JSON/i then "json"
                    when /Marshal/i then "marshal"
                    else "other"
                    end
      end
    end

    def passwords(model)
      digests = model.attribute_names.select do |name|
        name.end_with?("_digest") && model.method_defined?("authenticate_#{name.delete_suffix("_digest")}")
      end
      devise = model.respond_to?(:devise_modules) && model.devise_modules.include?(:database_authenticatable)
      devise ? digests + ["encrypted_password"] : digests
    end

    def history(model)
      return "paper_trail" if model.respond_to?(:paper_trail_options)
      return "audited" if model.respond_to?(:audited_options)

      "logidze" if defined?(Logidze::Model) && model.include?(Logidze::Model)
    end

    def validators(model)
      found = Hash.new { |all, name| all[name] = [] }
      model.validators.each do |each|
        next unless each.respond_to?(:attributes) && each.kind != :presence

        options = each.options.slice(*OPTIONS).select { |_, value| plain?(value) }
        each.attributes.each do |name|
          next unless model.column_names.include?(name.to_s)

          found[name.to_s] << { kind: each.kind.to_s, options: options.transform_values { |value| text(value) } }
        end
      end
      found
    end

    # What a Proc or a method would say is known to the application alone.
    def plain?(value)
      value.is_a?(Regexp) || value.is_a?(Numeric) || value.is_a?(Range) || (value.is_a?(Array) && value.length <= 50)
    end

    def text(value)
      value.is_a?(Regexp) ? value.source : value.to_s
    end

    def encryption
      return unless ActiveRecord.const_defined?(:Encryption)

      config = ActiveRecord::Encryption.config
      digest = quietly { config.hash_digest_class.name.to_s.split("::").last }
      {
        digest: %w[SHA1 SHA256 SHA384 SHA512].include?(digest) ? digest : nil,
        support_unencrypted_data: config.support_unencrypted_data ? true : false,
        extend_queries: config.extend_queries ? true : false,
        previous: quietly { config.previous_schemes.length },
        primary_keys: quietly { Array(config.primary_key).length },
      }.compact
    rescue StandardError
      nil
    end

    def adapter(config)
      quietly { config.active_job.queue_adapter.to_s }
    end

    def reflections_of(model, name)
      model.respond_to?(name) ? model.public_send(name).filter_map { |each| yield each } : []
    end

    # A part that this version of Rails does not tell is left out.
    def quietly
      yield
    rescue StandardError, NotImplementedError
      nil
    end
  end
end

File.write(ENV.fetch("MASKER_FACTS_FILE"), JSON.generate(MaskerFacts.all))
