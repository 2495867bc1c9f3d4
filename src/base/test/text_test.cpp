#include "vedette/base/text.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vedette/base/markup.hpp"

namespace vedette::base {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;

const std::string kBad = "\xEF\xBF\xBD";

TEST(Text, AsciiHelpersLeaveOtherBytesAlone) {
  EXPECT_EQ(to_lower_ascii("AZ[\xC3\x84"), "az[\xC3\x84");
  EXPECT_TRUE(equals_ignore_case_ascii("CmD.Exe", "cmd.EXE"));
  EXPECT_FALSE(equals_ignore_case_ascii("@", "`"));
  EXPECT_FALSE(equals_ignore_case_ascii("a", "ab"));
  EXPECT_TRUE(starts_with_ignore_case_ascii("HKLM\\x", "hklm"));
  EXPECT_FALSE(starts_with_ignore_case_ascii("hk", "hklm"));
  EXPECT_EQ(trim(" \t\v a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Text, ParseIntTakesTheWholeTextAndTheWholeRange) {
  EXPECT_EQ(parse_int("0"), 0);
  EXPECT_EQ(parse_int("-7"), -7);
  EXPECT_EQ(parse_int("007"), 7);
  EXPECT_EQ(parse_int("999999999999999999"), 999999999999999999);
  EXPECT_EQ(parse_int("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_int("-ff", 16), -255);
  for (const char* bad : {"", "-", "+1", " 1", "1 ", "1x", "--1", "1-", "9223372036854775808", "0x10"}) {
    EXPECT_EQ(parse_int(bad), std::nullopt) << bad;
  }
}

TEST(Text, ParseUintAndDouble) {
  EXPECT_EQ(parse_uint("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_uint("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_uint("-1"), std::nullopt);
  EXPECT_EQ(parse_uint(""), std::nullopt);
  EXPECT_EQ(parse_double("-1.5e3"), -1500.0);
  for (const char* bad : {"", "nan", "inf", "-inf", "1e999", "1.5 ", "+1", "0x1p3"}) {
    EXPECT_EQ(parse_double(bad), std::nullopt) << bad;
  }
}

TEST(Utf8, PrefixesEndWithWholeCodePoints) {
  EXPECT_EQ(utf8_prefix("abc", 3), "abc");
  EXPECT_EQ(utf8_prefix("abc", 2), "ab");
  EXPECT_EQ(utf8_prefix("a\xC3\xA4z", 2), "a");
  EXPECT_EQ(utf8_prefix("a\xC3\xA4z", 3), "a\xC3\xA4");
  EXPECT_EQ(utf8_prefix("\xF0\x9F\x98\x80", 3), "");
  EXPECT_EQ(utf8_prefix("", 5), "");
}

TEST(Markup, HtmlHoldsNoMarkupOfTheText) {
  std::string out;
  append_html(out, "<a href='x\">&\x01\xE2\x80\xAE\xFF");
  EXPECT_EQ(out.find_first_of("<>'\""), std::string::npos) << out;
  EXPECT_TRUE(out.starts_with("&lt;a href=&#39;x&quot;&gt;&amp;\\x01")) << out;
  EXPECT_EQ(out.find('\xFF'), std::string::npos);
}

TEST(Utf8, DecodesValidSequences) {
  const std::string text = "a\xC3\x9F\xE2\x82\xAC\xF0\x9F\x98\x80";
  std::size_t at = 0;
  EXPECT_EQ(decode_utf8(text, at), U'a');
  EXPECT_EQ(decode_utf8(text, at), U'ß');
  EXPECT_EQ(decode_utf8(text, at), U'€');
  EXPECT_EQ(decode_utf8(text, at), U'\x1F600');
  EXPECT_EQ(at, text.size());
}

TEST(Utf8, RefusesWhatIsNotUtf8OneByteAtATime) {
  const std::string bad[] = {
      "\x80",              // a trail byte alone
      "\xC0\xAF",          // overlong '/'
      "\xC1\xBF",          // overlong
      "\xE0\x9F\xBF",      // overlong, 3 bytes
      "\xF0\x8F\xBF\xBF",  // overlong, 4 bytes
      "\xED\xA0\x80",      // surrogate
      "\xED\xBF\xBF",      // surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF8\x88\x80\x80",  // no such lead byte
      "\xFF",
      "\xC3",          // cut off
      "\xE2\x82",      // cut off
      "\xF0\x9F\x98",  // cut off
  };
  for (const std::string& text : bad) {
    EXPECT_FALSE(is_valid_utf8(text));
    std::size_t at = 0;
    EXPECT_EQ(decode_utf8(text, at), 0xFFFDu);
    EXPECT_EQ(at, 1u);
    std::string expected;
    for (std::size_t i = 0; i < text.size(); ++i) expected += kBad;
    EXPECT_EQ(to_valid_utf8(text), expected);
  }
}

TEST(Utf8, BordersOfTheRanges) {
  for (const char* good : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(good));
    std::size_t at = 0;
    std::string again;
    append_utf8(again, decode_utf8(good, at));
    EXPECT_EQ(again, good);
  }
  std::string out;
  append_utf8(out, 0xD800);
  append_utf8(out, 0x110000);
  EXPECT_EQ(out, kBad + kBad);
}

TEST(Utf8, ErrorsBehindAnAsciiRun) {
  EXPECT_EQ(to_valid_utf8("0123456789abcdef\xC3(x"), "0123456789abcdef" + kBad + "(x");
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_EQ(to_valid_utf8(""), "");
}

TEST(Utf8, FromUtf16) {
  EXPECT_EQ(utf16le_to_utf8("a\0\xE4\0\xAC\x20"s), "aä€");
  EXPECT_EQ(utf16le_to_utf8("\x3D\xD8\x00\xDE"s), "\xF0\x9F\x98\x80");
  EXPECT_EQ(utf16le_to_utf8("\x3D\xD8"s + "a\0"s), kBad + "a");
  EXPECT_EQ(utf16le_to_utf8("\x00\xDE\x3D\xD8"s), kBad + kBad);
  EXPECT_EQ(utf16le_to_utf8("a\0b"s), "a");
}

TEST(Text, EscapeControlMakesHostileTextSafeToShow) {
  EXPECT_EQ(escape_control("a\n\t\r\x1b[31m\x7F"), "a\\n\\t\\r\\x1b[31m\\x7f");
  EXPECT_EQ(escape_control("\0"s), "\\x00");
  EXPECT_EQ(escape_control("\xC2\x9B\xFF"), "\\x9b\\xff");  // a C1 control, then no UTF-8
  EXPECT_EQ(escape_control("x\xE2\x80\xAEtxt"), "x\\u202etxt");
  EXPECT_EQ(escape_control("C:\\Größe"), "C:\\Größe");
}

TEST(Encoding, Base64) {
  const std::pair<std::string, std::string> pairs[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xFF\xFE\0"s, "//4A"}};
  for (const auto& [plain, encoded] : pairs) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
  EXPECT_EQ(base64_decode("Zg"), "f");
  for (const char* bad : {"Z", "Zg=", "Zg===", "Z===", "=", "====", "Zm 9v", "Zm9v\n", "Zm-_", "Zg==Zg=="}) {
    EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
  }
}

TEST(Encoding, Hex) {
  EXPECT_EQ(hex_encode("\x00\xAB\x7F"s), "00ab7f");
  EXPECT_EQ(hex_decode("00Ab7F"), "\x00\xAB\x7F"s);
  EXPECT_EQ(hex_decode(""), "");
  EXPECT_EQ(hex_decode("0"), std::nullopt);
  EXPECT_EQ(hex_decode("0g"), std::nullopt);
}

TEST(NearestName, FindsTyposButNotStrangers) {
  const std::vector<std::string_view> names = {"contains", "startswith", "endswith", "re", "cidr", "all"};
  EXPECT_EQ(nearest_name("contians", names), "contains");
  EXPECT_EQ(nearest_name("startwith", names), "startswith");
  EXPECT_EQ(nearest_name("endswith", names), "endswith");
  EXPECT_EQ(nearest_name("cdir", names), "cidr");
  EXPECT_EQ(nearest_name("xx", names), "");  // distance 2 is not less than half
  EXPECT_EQ(nearest_name("r", names), "");
  EXPECT_EQ(nearest_name("windash", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(65, 'a'), {std::string(65, 'a')}), "");
  EXPECT_EQ(nearest_name("abcdefghij", {"abcdefxxxx"}), "");  // distance 4
  EXPECT_EQ(nearest_name("abcdefghij", {"abcdefgxxx"}), "abcdefgxxx");
}

}  // namespace
}  // namespace vedette::base
