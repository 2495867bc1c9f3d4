// The part of JSON Schema 2020-12 that api/openapi.yaml uses, compiled.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "rest/call.hpp"
#include "vedette/base/result.hpp"

namespace re2 {
class RE2;
}

namespace vedette::api {

enum class SchemaFormat : std::uint8_t { none, date_time, date, uuid, email, uri, ip, cidr, duration };

// One schema; immutable once its set is compiled. Null pointers and empty members: no such keyword.
struct Schema {
  enum Type : std::uint8_t {
    kNull = 1,
    kBoolean = 2,
    kInteger = 4,
    kNumber = 8,
    kString = 16,
    kArray = 32,
    kObject = 64,
  };
  struct Property {
    const Schema* schema = nullptr;
    bool required = false;
  };

  const Schema* ref = nullptr;  // then all but `fallback` are of that one
  std::uint8_t types = 0;       // of Type; 0: any
  std::optional<Json> fallback;
  std::vector<Json> values;  // of enum or const
  bool has_values = false;
  std::map<std::string, Property, std::less<>> properties;
  bool other_properties = false;
  const Schema* other_schema = nullptr;
  const Schema* items = nullptr;
  std::size_t min_items = 0, max_items = SIZE_MAX;
  bool unique_items = false;
  std::size_t min_length = 0, max_length = SIZE_MAX;
  std::shared_ptr<const re2::RE2> pattern;
  std::string pattern_text;
  SchemaFormat format = SchemaFormat::none;
  std::optional<double> minimum, maximum;
  std::vector<const Schema*> one_of;

  // Behind references.
  const Schema& resolved() const { return ref == nullptr ? *this : ref->resolved(); }
};

// The schemas of one document. Compile everything first; validating is thread safe afterwards.
class SchemaSet {
 public:
  // `document` must outlive the compiling.
  explicit SchemaSet(const Json& document) : document_(document) {}
  // `where` names the schema in errors: invalid_argument for unknown keywords, values of the wrong shape,
  // patterns that do not compile, references to nothing or to themselves, defaults against the schema.
  base::Result<const Schema*> compile(const Json& schema, const std::string& where);
  // To be called at the end: every default is a value of its schema.
  base::Status check_defaults() const;

 private:
  base::Result<const Schema*> compile_ref(std::string_view pointer, const std::string& where);
  base::Status compile_into(Schema& out, const boost::json::object& schema, const std::string& where);
  base::Status compile_keyword(Schema& out, std::string_view keyword, const Json& value,
                               const std::string& where);
  base::Status compile_object_keyword(Schema& out, std::string_view keyword, const Json& value,
                                      const std::string& where);
  base::Status check_whole(Schema& out, const boost::json::object& schema, const std::string& where);

  const Json& document_;
  std::deque<Schema> schemas_;
  std::map<std::string, const Schema*, std::less<>> by_pointer_;
  int depth_ = 0;
};

// The value under "#/a/b" of the document; nullptr: none.
const Json* find_pointer(const Json& document, std::string_view reference);

inline constexpr std::size_t kMaxSchemaErrors = 20;

// What is wrong with the value: at most kMaxSchemaErrors, pointers beginning with `prefix`. Defaults are
// filled in, integers written as reals (3.0) become integers. Linear in the value but for oneOf, whose work
// is bounded (a value that would take more is refused).
std::vector<FieldProblem> validate(const Schema& schema, Json& value, std::string_view prefix = {});

// A parameter, as its schema reads it; a text that is no such value stays a text, and does not validate.
Json parameter_value(const Schema& schema, const std::vector<std::string_view>& texts);

}  // namespace vedette::api
