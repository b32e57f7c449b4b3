    masker = ENV.fetch("MASKER", "masker")
    unless system("command -v #{masker} > /dev/null 2>&1") || ENV["CI"].to_s != ""
      skip "masker is not installed here; CI has it"
    end

    config = ActiveRecord::Base.connection_db_config.configuration_hash
    url = config[:url] || begin
      user = [config[:username], config[:password]].compact.map { |part| ERB::Util.url_encode(part.to_s) }.join(":")
      host = [user.empty? ? nil : "#{user}@", config[:host].to_s.start_with?("/") ? nil : config[:host]].compact.join
      host += ":#{config[:port]}" if config[:port] && !config[:host].to_s.start_with?("/")
      socket = config[:host].to_s.start_with?("/") ? "?host=#{ERB::Util.url_encode(config[:host])}&port=#{config[:port] || 5432}" : ""
      "postgres://#{host}/#{ERB::Util.url_encode(config[:database])}#{socket}"
    end
    said, status = Open3.capture2e({ "MASKER_SOURCE" => url }, masker, "rules", "check", "-c", "masker.yml")
