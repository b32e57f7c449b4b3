# Written by `masker init`. Nothing of it happens unless MASKER_PREVIEW is set, which only the preview's application has.
#
# 1. The application does not start on a database that masker has not masked and verified.
# 2. Mail goes to addresses that reach nobody, and to those of MASKER_MAIL_TO (addresses or domains, comma between them).
# 3. Attributes that production encrypts may be clear text here: the preview does not have production's keys.
if ENV["MASKER_PREVIEW"].to_s != ""
  module MaskerPreview
    # Tasks that have to work before a database is masked, and while an image is built without one.
    TASKS = /\A(?:db|assets|masker|tmp|log|css|javascript|webpacker|zeitwerk|yarn)(?::|\z)|\A(?:stats|about|notes|routes|-T)\z/
    RESERVED = /@(?:[\w-]+\.)*(?:example(?:\.(?:com|net|org|jp))?|example\.co\.jp|test|invalid|localhost)>?\s*\z/i

    class << self
      # Why this database must not be used, nil where it may.
      def objection
        marker = marker_of_this_database
        return "it carries no marker of masker's" if marker.nil?
        return "its marker was written for another database and copied here" unless marker[:own]
        return if marker[:state] == "verified"
        # A command that masker itself runs on what it is about to publish.
        return if ENV["MASKER_STAGE"] == "restored" && ENV["MASKER_RUN"] == marker[:run]

        "run #{marker[:run]} has not ended well (#{marker[:state]})"
      rescue ActiveRecord::StatementInvalid => error
        raise unless /permission denied/i.match?(error.message)

        "its marker may not be read by this role: GRANT USAGE ON SCHEMA masker TO it, and SELECT on masker.run"
      rescue ActiveRecord::ActiveRecordError => error
        "it does not answer (#{error.class.name})"
      end

      def only_harmless_tasks?
        return false unless defined?(Rake) && Rake.respond_to?(:application)

        tasks = Rake.application.top_level_tasks.map(&:to_s)
        tasks.any? && tasks.all? { |task| TASKS.match?(task) }
      end

      def check
        return if only_harmless_tasks?

        why = objection
        return if why.nil?

        text = "masker: this database is not fit to be used: #{why}. `bin/rails masker:refresh` makes it so, " \
               "`masker verify --gate` tells."
        defined?(Rails::Console) ? warn(text) : abort(text)
      end

      # The addresses of a list that mail may go to.
      def reachable(addresses)
        team = ENV["MASKER_MAIL_TO"].to_s.downcase.split(/[\s,]+/).reject(&:empty?)
        Array(addresses).select do |address|
          plain = address.to_s.downcase[/[^<>\s]+@[^<>\s]+/].to_s
          RESERVED.match?(plain) || team.any? { |each| plain == each || plain.end_with?("@#{each.delete_prefix("@")}") }
        end
      end

      def delivering_email(mail)
        fields = %i[to cc bcc]
        fields.each { |field| mail.public_send(:"#{field}=", reachable(mail.public_send(field))) }
        # Whom the envelope names gets it, whatever its fields say.
        mail.smtp_envelope_to = reachable(mail.smtp_envelope_to)
        nobody = fields.all? { |field| Array(mail.public_send(field)).empty? }
        mail.perform_deliveries = false if nobody || Array(mail.smtp_envelope_to).empty?
      end

      private

      def marker_of_this_database
        # A connection that is let go again: no process is forked with it.
        row = ActiveRecord::Base.connection_pool.with_connection do |connection|
          there = connection.select_value("SELECT to_regclass('masker.run') IS NOT NULL")
          next nil unless [true, "t"].include?(there)

          connection.select_rows(<<~SQL).first
            SELECT state, run, database_oid = (SELECT oid FROM pg_database WHERE datname = current_database())
            FROM masker.run
          SQL
        end
        row && { state: row[0], run: row[1], own: [true, "t"].include?(row[2]) }
      end
    end
  end

  Rails.application.config.after_initialize { MaskerPreview.check }
  ActiveSupport.on_load(:action_mailer) { register_interceptor(MaskerPreview) }

  if Rails.gem_version >= Gem::Version.new("7.0")
    Rails.application.config.active_record.encryption.support_unencrypted_data = true
    Rails.application.config.active_record.encryption.extend_queries = true
    ActiveSupport.on_load(:active_record) do
      ActiveRecord::Encryption.config.support_unencrypted_data = true
      ActiveRecord::Encryption::ExtendedDeterministicQueries.install_support
    end
  end
end
