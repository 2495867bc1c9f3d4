// Parts that earlier versions wrote stay readable.
#include "part_fixture.hpp"

namespace vedette::store {
namespace {

// Version 1: two events of the dataset old.format.
constexpr std::string_view kVersion1 =
    "5644545041525431020001001e8080f2d9b0a9c0e4310000000080b2e60eda19b9454e8f871b02000100010202be52636e0c"
    "a40ae502000100010202be52636e0ca40ae5000005000012000976312e6e646a736f6eda1a22ee18b3ac1e02000700140000"
    "000000000000000000000000000000000100323032362d31312d30335431303a30303a30305a0001100691c784f8a21aab02"
    "00010001a048015cf0d389337b619e000005000014000a6f6c642e666f726d61743c88924a185a7aae020005000418090021"
    "6661696c6564206c6f676f6e206f6620416c6963656c6f676f6e206f6620426f6244719d663ff6d57b020000001005010405"
    "616c69636505010403626f622d8b92c1107e621d020005000206020008616c696365626f627fd7ded9bd5c13b10001000102"
    "00000c0501040831302e302e302e37666d6549d331bae20001000102060100040a0000075dc6c02176aa1612000108001e02"
    "00000126000f0200000135000f02000001440019020002015d00380200020700140000000000000000000000000000000000"
    "000100323032362d31312d30335431303a30303a30305a000110000002000201010201950100100201000000000010b24000"
    "0000000011b24002010001a04801000002000201010201a501001a02000105000014000a6f6c642e666f726d617400000400"
    "01010201bf010032020002050004180900216661696c6564206c6f676f6e206f6620416c6963656c6f676f6e206f6620426f"
    "62000002000201010201f101001d02000205000206020008616c696365626f620000020002010102018e0200190200020500"
    "0206020008616c696365626f62000002000201010201a702001c010001060100040a0000070000020001010201c302001501"
    "0001060100040a00000700000200010101cb029f0228b52ffd604b00ad0800e40e02e103010200409e85a580e418000a39c1"
    "a580e418010002000101b0a5c11c02d8020c00072094fcefe0d514fe0007550a1a8cb5fc1db200073d0e052d64c5c65d0007"
    "8a2e204dcf0e019902000a4074696d657374616d703df424828b5558a0086576656e742e636f646526951ddf9f409f3b3e02"
    "0d646174617365741fe9dcdcdb06cde508000200076d6573736167653899bbc5cc379537b00c72656c617465642e75736572"
    "1f937a5b585dfc6756000209757365722e6e616d651f6ce3aa1723d05ed902000a697017b1c6e796bb9b54cf0109736f7572"
    "63652e697017cbaf6eb12a8d8860010000000001000f00186b78ad68ec790c50add9e90c58eb83afc51b8c0f3509df033202"
    "19059981810fa0099a0200000000000024010000000000007ef1ccd4fbaf64f601000000000000004b46c3bbbe2a763d5644"
    "545041525431";

std::string from_hex(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  }
  return bytes;
}

class PartVersion1 : public ::testing::Test {
 protected:
  PartVersion1() {
    files_.files["p"] = std::make_shared<std::string>(from_hex(kVersion1));
    part_ = open_part(files_, "p");
  }
  bool finds(std::string_view word) const {
    Bitmap blocks(1, true);
    std::uint64_t bytes = 0;
    const std::string_view words[] = {word};
    part_->prune_words(std::nullopt, words, blocks, bytes);
    return blocks.test(0);
  }
  MemoryFiles files_;
  std::shared_ptr<const PartReader> part_;
};

TEST_F(PartVersion1, IsReadAndVerified) {
  ASSERT_TRUE(part_);
  ASSERT_EQ(part_->summary().rows, 2U);
  EXPECT_TRUE(part_->verify({}).ok());
  const auto block = part_->open_block(0);
  ASSERT_TRUE(block.ok());
  const auto rows = rows_of(**block);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ((**rows)[0].text(model::field::message), "failed logon of Alice");
  EXPECT_EQ((**rows)[1].text(model::field::user_name), "bob");
}

TEST_F(PartVersion1, IsSearchedByItsColumns) {
  ASSERT_TRUE(part_);
  EXPECT_TRUE(finds("alice"));
  EXPECT_TRUE(finds("4624"));
  EXPECT_FALSE(finds("mallory"));
}

}  // namespace
}  // namespace vedette::store
