# Rails and its libraries loaded once: each command of an application is run by a fork, which begins where they are.
# A line of stdin is one command as JSON, a line of stdout its exit status.
require "json"
require "rails/all"
require "rails/command"
require "rake"
require "pg"
require "devise"
require "paper_trail"
require "aws-sdk-s3"

$stdin.each_line do |line|
  asked = JSON.parse(line)
  child = fork do
    Dir.chdir(asked["folder"])
    ENV.replace(asked["env"])
    $stdin.reopen(asked["in"])
    $stdout.reopen(asked["out"], "w")
    $stderr.reopen(asked["err"], "w")
    ARGV.replace(asked["arguments"])
    $0 = asked["program"]
    load File.expand_path(asked["program"])
  end
  _, status = Process.wait2(child)
  $stdout.puts(status.exitstatus || 128 + status.termsig)
  $stdout.flush
end
