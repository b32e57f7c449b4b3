# Written by `masker init`. A migration that adds a column for something personal fails here until config/masking.yml
# decides it.
require "test_helper"
require "open3"

class MaskingTest < ActiveSupport::TestCase
  test "every column that may hold something personal is decided" do
@@BODY@@
    assert status.success?, said
  end
end
