# Written by `masker init`. A migration that adds a column for something personal fails here until config/masking.yml
# decides it.
require "rails_helper"
require "open3"

RSpec.describe "config/masking.yml" do
  it "decides every column that may hold something personal" do
@@BODY@@
    expect(status.success?).to be(true), said
  end
end
