#include "vedette/base/json_writer.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

using std::string_literals::operator""s;

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string number(double value) {
  std::string out;
  append_json_double(out, value);
  return out;
}

TEST(Json, Escapes) {
  EXPECT_EQ(json_text(""), R"("")");
  EXPECT_EQ(json_text("a\"b\\c/"), R"("a\"b\\c/")");
  EXPECT_EQ(json_text("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(json_text("\0\x01\x1f\x7f"s), "\"\\u0000\\u0001\\u001f\x7f\"");
}

TEST(Json, Utf8PassesAndTheRestIsReplaced) {
  EXPECT_EQ(json_text("Größe €\xF0\x9F\x98\x80"), "\"Größe €\xF0\x9F\x98\x80\"");
  EXPECT_EQ(json_text("a\xFF"
                      "b\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
  EXPECT_EQ(json_text("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Json, SpecialBytesAtEveryPlaceOfARun) {
  const std::pair<std::string, std::string> specials[] = {{"\"", "\\\""}, {"\\", "\\\\"},
                                                          {"\n", "\\n"},  {"\x1f", "\\u001f"},
                                                          {"é", "é"},     {"\x80", "\xEF\xBF\xBD"}};
  for (const auto& [raw, escaped] : specials) {
    for (std::size_t before = 0; before < 36; ++before) {
      for (std::size_t after = 0; after < 18; ++after) {
        const std::string a(before, ' '), b(after, '~');
        ASSERT_EQ(json_text(a + raw + b), "\"" + a + escaped + b + "\"");
      }
    }
  }
}

TEST(Json, Doubles) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(3), "3");
  EXPECT_EQ(number(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
}

TEST(Json, PlacesCommas) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("a", "x").key("b").begin_array();
  json.number(1)
      .number(std::numeric_limits<std::int64_t>::min())
      .number(std::numeric_limits<std::uint64_t>::max());
  json.number(0.5)
      .boolean(true)
      .boolean(false)
      .null()
      .raw("{}")
      .begin_array()
      .end_array()
      .begin_object()
      .end_object();
  json.end_array().key("c").begin_object().end_object().key("d").string("").end_object();
  EXPECT_EQ(out, R"({"a":"x","b":[1,-9223372036854775808,18446744073709551615,0.5,true,false,null,{},[],{}],)"
                 R"("c":{},"d":""})");
}

TEST(Json, DeepNesting) {
  std::string out;
  JsonWriter json(out);
  for (int i = 0; i < 100; ++i) json.begin_array();
  for (int i = 0; i < 100; ++i) json.end_array();
  EXPECT_EQ(out, std::string(100, '[') + std::string(100, ']'));
}

}  // namespace
}  // namespace vedette::base
