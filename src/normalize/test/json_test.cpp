#include <gtest/gtest.h>

#include "json/document.hpp"
#include "json/flatten.hpp"
#include "vedette/model/event.hpp"

namespace vedette::normalize::json {
namespace {

std::string flatten(std::string_view text, bool expect_whole = true) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  model::FieldCache names;
  Flattener flattener;
  Document document;
  builder.begin_row(1);
  Row row(builder, names);
  EXPECT_EQ(document.parse(text, builder.arena()), expect_whole) << document.error();
  if (document.root()) flattener.members(*document.root(), PathTree::kRoot, row);
  builder.end_row();
  const auto batch = builder.finish();
  std::string out;
  model::append_json(out, (*batch)[0]);
  return out.substr(std::string_view("{\"@timestamp\":null").size());
}

TEST(JsonFlatten, DotsNamesAndKeepsTypes) {
  EXPECT_EQ(flatten(R"({"a":{"b":1,"c.d":"x"},"e":true,"f":null,"g":1.5,"h":-7})"),
            R"(,"a.b":1,"a.c.d":"x","e":true,"f":null,"g":1.5,"h":-7})");
  EXPECT_EQ(
      flatten(
          R"({"big":12345678901234567890,"max":9223372036854775807,"min":-9223372036854775808,"real":1e999})"),
      R"(,"big":"12345678901234567890","max":9223372036854775807,"min":-9223372036854775808,"real":"1e999"})");
}

TEST(JsonFlatten, OpensArrays) {
  EXPECT_EQ(flatten(R"({"a":[1,"x",[2,[3]]],"b":[],"c":{},"d":[{"e":1},{"e":2,"f":3}]})"),
            R"(,"a":[1,"x",2,3],"b":[],"d.e":[1,2],"d.f":3})");
  EXPECT_EQ(flatten(R"({"a":[1,{"b":2}],"c":[null]})"), R"(,"a":[1],"a.b":2,"c":[null]})");
}

TEST(JsonFlatten, KeepsDuplicates) {
  EXPECT_EQ(flatten(R"({"a":1,"b":2,"a":"x"})"), R"(,"a":[1,"x"],"b":2})");
}

TEST(JsonFlatten, Unescapes) {
  EXPECT_EQ(flatten(R"({"a\nb":"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00"})"),
            ","
            R"("a\nb":"\"\\/\b\f\n\r\t)"
            "\xc3\xa4\xf0\x9f\x98\x80\"}");
  EXPECT_EQ(flatten(R"({"a":"\ud800x\udc00"})"), ",\"a\":\"\xef\xbf\xbdx\xef\xbf\xbd\"}");
}

TEST(JsonFlatten, TakesHostileBytes) {
  EXPECT_EQ(flatten("{\"a\":\"x\xff\x01y\"}"), ",\"a\":\"x\xef\xbf\xbd\\u0001y\"}");
}

TEST(JsonFlatten, KeepsWhatStandsBeforeAFault) {
  EXPECT_EQ(flatten(R"({"a":1,"b":{"c":"trunc)", false), R"(,"a":1,"b.c":"trunc"})");
  EXPECT_EQ(flatten(R"({"a":1,"b":tru)", false), R"(,"a":1})");
  EXPECT_EQ(flatten(R"({"a":[1,2)", false), R"(,"a":[1,2]})");
  EXPECT_EQ(flatten(R"({"a":1} x)", false), R"(,"a":1})");
}

TEST(JsonFlatten, BoundsFieldNames) {
  const std::string key(2000, 'k');
  const std::string out = flatten("{\"" + key + "\":1,\"a\":{\"" + key + "\":[{\"b\":2}]}}");
  EXPECT_NE(out.find("\"vedette.overflow\":[\"kkk"), std::string::npos);
  std::string many = "{\"x\":{";
  for (int i = 0; i < 40000; ++i) many += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  many += "\"last\":{\"a\":1}}}";
  EXPECT_NE(flatten(many).find("\"x.last.a\":1"), std::string::npos);
}

TEST(JsonFlatten, FollowsAChangingOrder) {
  Flattener flattener;
  auto& paths = flattener.paths();
  const PathId a = paths.child(PathTree::kRoot, "a");
  const PathId b = paths.child(PathTree::kRoot, "b", a);
  EXPECT_EQ(paths.child(PathTree::kRoot, "b"), b);
  EXPECT_EQ(paths.child(PathTree::kRoot, "a", b), a);
  EXPECT_EQ(paths.child(PathTree::kRoot, "c", a), paths.child(PathTree::kRoot, "c"));
  EXPECT_NE(paths.child(a, "b"), b);
  EXPECT_EQ(paths.name(paths.child(a, "b")), "a.b");
}

bool valid(std::string_view text) {
  base::Arena arena;
  Document document;
  return document.parse(text, arena);
}

TEST(JsonDocument, TellsWhatIsNoJson) {
  for (const char* text :
       {"1", "\"x\"", " [1 , 2 ] ", "{ }", "[]", "-0", "1.5e-3", "[[],{}]", "{\"a\" : [ ] , \"b\":{}}"}) {
    EXPECT_TRUE(valid(text)) << text;
  }
  for (const char* text :
       {"",        " ",           "{",  "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}",    "[1 2]", "01",
        "-",       "1.",          ".5", "1e",   "+1",         "tru",       "nul",      "{]",    "[}",
        "\"\\x\"", "\"\\u12g4\"", "\"", "\"\\", "\"\\u12",    "1 1",       "{\"a\":}", "[,1]",  "truex"}) {
    EXPECT_FALSE(valid(text)) << text;
  }
}

TEST(JsonDocument, BoundsDepthAndSize) {
  EXPECT_TRUE(valid(std::string(128, '[') + "1" + std::string(128, ']')));
  EXPECT_FALSE(valid(std::string(129, '[') + "1" + std::string(129, ']')));
  EXPECT_FALSE(valid(std::string(1000000, '[')));
  std::string many = "[1";
  for (int i = 0; i < (1 << 20); ++i) many += ",1";
  EXPECT_FALSE(valid(many + "]"));
}

}  // namespace
}  // namespace vedette::normalize::json
