# What Active Record Encryption, Lockbox and attr_encrypted read, by Ruby's own OpenSSL, as these libraries document
# their forms. JSON on stdin: for each, its keys and what is stored; JSON on stdout: the texts.
require "json"
require "openssl"

def opened(key, nonce, sealed)
  cipher = OpenSSL::Cipher.new("aes-256-gcm").decrypt
  cipher.key, cipher.iv = key, nonce
  cipher.auth_tag, cipher.auth_data = sealed[-16..], ""
  (cipher.update(sealed[0...-16]) + cipher.final).force_encoding("UTF-8")
end

given = JSON.parse($stdin.read)
read = {}

if (of = given["active_record"])
  key = OpenSSL::PKCS5.pbkdf2_hmac(of["password"], of["salt"], 2**16, 32, "SHA256")
  read["active_record"] = of["stored"].map do |stored|
    payload, nonce, tag = JSON.parse(stored).then { |m| [m["p"], m["h"]["iv"], m["h"]["at"]] }.map { |v| v.unpack1("m0") }
    opened(key, nonce, payload + tag)
  end
end

if (of = given["lockbox"])
  info = ("\xB4".b * 32) + of["attribute"].b
  key = OpenSSL::KDF.hkdf([of["master"]].pack("H*"), salt: of["table"], info: info, length: 32, hash: "sha384")
  read["lockbox"] = of["stored"].map { |stored| stored.unpack1("m0").then { |c| opened(key, c[0, 12], c[12..]) } }
end

if (of = given["attr_encrypted"])
  read["attr_encrypted"] = of["stored"].map { |text, iv| opened(of["key"], iv.unpack1("m"), text.unpack1("m")) }
end

puts JSON.generate(read)
