// Schemas over the rows of tests/api/schema_cases.ndjson, and JSON texts that are hostile.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rest/json_text.hpp"
#include "rest/schema.hpp"

namespace vedette::api::test {
namespace {

using testing::HasSubstr;

// A row: {"schema", "value", "errors": [[pointer, part of the message], ...], "becomes"} or {"schema",
// "refused"}; "components" are what $ref may name.
void check_schema_row(const boost::json::object& row) {
  boost::json::object document;
  if (const Json* components = row.if_contains("components")) {
    document["components"] = boost::json::object{{"schemas", *components}};
  }
  const Json root = document;
  SchemaSet schemas(root);
  const auto schema = schemas.compile(row.at("schema"), "here");
  std::string fault = schema.ok() ? "" : schema.error().message;
  if (schema.ok()) {
    const auto defaults = schemas.check_defaults();
    if (!defaults.ok()) fault = defaults.error().message;
  }
  if (const Json* refused = row.if_contains("refused")) {
    EXPECT_THAT(fault, HasSubstr(std::string(refused->as_string())));
    return;
  }
  ASSERT_EQ(fault, "");
  Json value = row.at("value");
  const auto errors = validate(**schema, value);
  const auto& expected = row.at("errors").as_array();
  std::string found;
  for (const FieldProblem& error : errors) found += error.pointer + ": " + error.message + "\n";
  ASSERT_EQ(errors.size(), expected.size()) << found;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    EXPECT_EQ(errors[i].pointer, std::string(expected[i].as_array()[0].as_string())) << found;
    EXPECT_THAT(errors[i].message, HasSubstr(std::string(expected[i].as_array()[1].as_string())));
  }
  if (const Json* becomes = row.if_contains("becomes")) {
    EXPECT_EQ(value, *becomes) << write_json(value);
    if (becomes->is_number()) {
      EXPECT_EQ(value.kind(), becomes->kind());
    }
  }
}

TEST(RestSchema, AnswersAsTheCasesSay) {
  std::ifstream file("tests/api/schema_cases.ndjson");
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    SCOPED_TRACE("row " + std::to_string(++rows) + ": " + line.substr(0, 400));
    const auto row = read_json(line);
    ASSERT_TRUE(row.ok()) << row.error().message;
    check_schema_row(row->as_object());
  }
  EXPECT_GE(rows, 100U);
}

TEST(RestSchema, BoundsTheWorkOfChoices) {
  const Json document = *read_json(R"({"components":{"schemas":{"F":{"oneOf":[
    {"type":"object","properties":{"a":{"$ref":"#/components/schemas/F"}},"required":["a"]},
    {"type":"object","properties":{"a":{"$ref":"#/components/schemas/F"},"b":{"type":"integer"}},"required":["a"]},
    {"type":"string"}]}}}})");
  SchemaSet schemas(document);
  const auto schema = schemas.compile(boost::json::object{{"$ref", "#/components/schemas/F"}}, "here");
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  std::string text = "1";
  for (int i = 0; i < 31; ++i) text = R"({"a":)" + text + "}";
  Json value = *read_json(text);
  const auto errors = validate(**schema, value);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0].message, HasSubstr("too complex"));
}

TEST(RestSchema, ReadsParametersByTheirTypes) {
  const auto read = [](std::string_view schema_text, std::vector<std::string_view> texts) {
    const Json document = *read_json("{}");
    SchemaSet schemas(document);
    const auto schema = schemas.compile(*read_json(schema_text), "here");
    return write_json(parameter_value(**schema, texts));
  };
  EXPECT_EQ(read(R"({"type":"integer"})", {"12"}), "12");
  EXPECT_EQ(read(R"({"type":"integer"})", {"+12"}), "\"+12\"");
  EXPECT_EQ(read(R"({"type":"integer"})", {"12 "}), "\"12 \"");
  EXPECT_EQ(read(R"({"type":"number"})", {"1.5"}), "1.5");
  EXPECT_EQ(read(R"({"type":"number"})", {"inf"}), "\"inf\"");
  EXPECT_EQ(read(R"({"type":"boolean"})", {"true"}), "true");
  EXPECT_EQ(read(R"({"type":"boolean"})", {"TRUE"}), "\"TRUE\"");
  EXPECT_EQ(read(R"({"type":"string"})", {"12"}), "\"12\"");
  EXPECT_EQ(read(R"({"type":["integer","string"]})", {"12"}), "12");
  EXPECT_EQ(read(R"({"type":"array","items":{"type":"integer"}})", {"1", "x"}), "[1,\"x\"]");
  EXPECT_EQ(read(R"({"type":"array"})", {}), "[]");
}

TEST(RestJson, ReadsWhatIsWellFormed) {
  for (const std::string_view text :
       {"null", " true ", "[]", "{}", "-0", "1e5", "0.1", "\"\\ud83d\\ude00\"", "[1,[2,[3]]]",
        "{\"a\":{\"a\":1}}", "9223372036854775807", "18446744073709551615", "\"\\u0000\"", "\t\r\n[ ]\n"}) {
    EXPECT_TRUE(read_json(text).ok()) << text;
  }
  EXPECT_EQ(write_json(*read_json(R"({"b":[1,-2,3.5,null,true,"x\ny"],"a":{}})")),
            R"({"b":[1,-2,3.5,null,true,"x\ny"],"a":{}})");
  EXPECT_EQ(write_json(Json("a\xff")), "\"a\xef\xbf\xbd\"");
}

TEST(RestJson, RefusesWhatIsHostile) {
  using base::ErrorCode;
  struct Case {
    std::string text;
    ErrorCode code;
    std::string_view message;
  };
  std::string wide = "{";
  for (int i = 0; i < 10'001; ++i) wide += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  wide += "}";
  const Case cases[] = {
      {"", ErrorCode::invalid_argument, ""},
      {" ", ErrorCode::invalid_argument, ""},
      {"nul", ErrorCode::invalid_argument, ""},
      {"[1,]", ErrorCode::invalid_argument, ""},
      {"{\"a\":1,}", ErrorCode::invalid_argument, ""},
      {"{a:1}", ErrorCode::invalid_argument, ""},
      {"{'a':1}", ErrorCode::invalid_argument, ""},
      {"01", ErrorCode::invalid_argument, ""},
      {"+1", ErrorCode::invalid_argument, ""},
      {".5", ErrorCode::invalid_argument, ""},
      {"1.", ErrorCode::invalid_argument, ""},
      {"0x10", ErrorCode::invalid_argument, ""},
      {"NaN", ErrorCode::invalid_argument, ""},
      {"Infinity", ErrorCode::invalid_argument, ""},
      {"1e999", ErrorCode::invalid_argument, ""},
      {"-1e999", ErrorCode::invalid_argument, ""},
      {std::string(400, '9'), ErrorCode::invalid_argument, ""},
      {"1 2", ErrorCode::invalid_argument, ""},
      {"{} {}", ErrorCode::invalid_argument, ""},
      {std::string("null\0", 5), ErrorCode::invalid_argument, ""},
      {"// x\n1", ErrorCode::invalid_argument, ""},
      {"/* x */1", ErrorCode::invalid_argument, ""},
      {"\"\t\"", ErrorCode::invalid_argument, ""},
      {"\"\\x41\"", ErrorCode::invalid_argument, ""},
      {"\"\\ud800\"", ErrorCode::invalid_argument, ""},
      {"\"\\udc00\"", ErrorCode::invalid_argument, ""},
      {"\"\\ud800\\u0041\"", ErrorCode::invalid_argument, ""},
      {"\"\xff\"", ErrorCode::invalid_argument, ""},
      {"\"\xc0\xaf\"", ErrorCode::invalid_argument, ""},
      {"\"\xed\xa0\x80\"", ErrorCode::invalid_argument, ""},
      {"\"\xf4\x90\x80\x80\"", ErrorCode::invalid_argument, ""},
      {"\"\xe2\x82\"", ErrorCode::invalid_argument, ""},
      {"\xef\xbb\xbf{}", ErrorCode::invalid_argument, ""},
      {R"({"a":1,"b":2,"a":3})", ErrorCode::invalid_argument, "name \"a\" twice"},
      {R"({"x":[{"role":"viewer","r\u006fle":"administrator"}]})", ErrorCode::invalid_argument,
       "name \"role\" twice"},
      {std::string(33, '[') + std::string(33, ']'), ErrorCode::limit, "deeper than 32"},
      {std::string(1'000'000, '['), ErrorCode::limit, "deeper than 32"},
      {wide, ErrorCode::limit, "more than 10000 members"},
  };
  for (const Case& one : cases) {
    const auto read = read_json(one.text);
    ASSERT_FALSE(read.ok()) << one.text.substr(0, 60);
    EXPECT_EQ(read.error().code, one.code) << one.text.substr(0, 60) << read.error().message;
    EXPECT_THAT(read.error().message, HasSubstr(std::string(one.message)));
  }
  JsonLimits few;
  few.max_values = 3;
  EXPECT_TRUE(read_json("[1,2]", few).ok());
  EXPECT_FALSE(read_json("[1,2,3]", few).ok());
  EXPECT_TRUE(read_json(std::string(32, '[') + std::string(32, ']')).ok());
}

}  // namespace
}  // namespace vedette::api::test
