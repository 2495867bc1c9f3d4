#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

#include <fmt/format.h>
#include <re2/re2.h>

#include "rest/json_text.hpp"
#include "rest/schema.hpp"
#include "rest/schema_format.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::size_t kMaxTrialSteps = 500'000;  // of all branches of choices
constexpr int kMaxSchemaRecursion = 200;
constexpr std::size_t kMaxListedValues = 12;

std::uint8_t types_of(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return Schema::kNull;
    case boost::json::kind::bool_:
      return Schema::kBoolean;
    case boost::json::kind::int64:
      return Schema::kInteger | Schema::kNumber;
    case boost::json::kind::uint64:
      return Schema::kNumber;
    case boost::json::kind::double_: {
      const double number = value.get_double();
      const bool whole = std::floor(number) == number && std::abs(number) < 9.2e18;
      return static_cast<std::uint8_t>(Schema::kNumber | (whole ? Schema::kInteger : 0));
    }
    case boost::json::kind::string:
      return Schema::kString;
    case boost::json::kind::array:
      return Schema::kArray;
    case boost::json::kind::object:
      return Schema::kObject;
  }
  return 0;
}

std::string_view type_word(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "a boolean";
    case boost::json::kind::string:
      return "a string";
    case boost::json::kind::array:
      return "an array";
    case boost::json::kind::object:
      return "an object";
    case boost::json::kind::uint64:
      return "a number that large";
    default:
      return "a number";
  }
}

std::string wanted_types(std::uint8_t types) {
  constexpr std::pair<Schema::Type, std::string_view> kWords[] = {
      {Schema::kBoolean, "a boolean"}, {Schema::kInteger, "a whole number"}, {Schema::kNumber, "a number"},
      {Schema::kString, "a string"},   {Schema::kArray, "an array"},         {Schema::kObject, "an object"},
      {Schema::kNull, "null"},
  };
  std::string out;
  for (const auto& [type, word] : kWords) {
    if ((types & type) != 0) out += (out.empty() ? "" : " or ") + std::string(word);
  }
  return out;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool same_value(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_int64() && b.is_int64()) return a.get_int64() == b.get_int64();
    return a.to_number<double>() == b.to_number<double>();
  }
  return a == b;
}

class Validator {
 public:
  // Without `fill` only whether there is an error counts: one is enough.
  Validator(std::string_view prefix, bool fill) : prefix_(prefix), fill_(fill) {}

  void check(const Schema& outer, Json& value);
  std::vector<FieldProblem> take() { return std::move(errors_); }
  bool clean() const { return errors_.empty() && !exhausted_; }

 private:
  void check_text(const Schema& schema, const Json& value);
  void check_number(const Schema& schema, Json& value);
  void check_array(const Schema& schema, Json& value);
  void check_object(const Schema& schema, Json& value);
  void check_values(const Schema& schema, const Json& value);
  void check_one_of(const Schema& schema, Json& value);
  void unknown_property(const Schema& schema, std::string_view name);
  bool fits(const Schema& schema, Json& value);
  const Schema* likely(const Schema& schema, const Json& value) const;

  bool full() const { return exhausted_ || errors_.size() >= (fill_ ? kMaxSchemaErrors : 1); }
  void fail(std::string message);
  std::string pointer() const;

  const std::string_view prefix_;
  const bool fill_;
  std::vector<std::string> path_;
  std::vector<FieldProblem> errors_;
  std::size_t trial_steps_ = 0;
  int depth_ = 0;
  bool exhausted_ = false;
};

std::string Validator::pointer() const {
  std::string out(prefix_);
  for (const std::string& part : path_) {
    out += '/';
    for (const char c : part) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
  }
  return out;
}

void Validator::fail(std::string message) {
  if (!full()) errors_.push_back({pointer(), std::move(message), 0});
}

void Validator::check(const Schema& outer, Json& value) {
  if (full()) return;
  if ((!fill_ && ++trial_steps_ > kMaxTrialSteps) || depth_ >= kMaxSchemaRecursion) {
    fail("the value is too complex to be checked");
    exhausted_ = true;
    return;
  }
  const Schema& schema = outer.resolved();
  ++depth_;
  if (schema.types != 0 && (schema.types & types_of(value)) == 0) {
    fail(fmt::format("must be {}, not {}", wanted_types(schema.types), type_word(value)));
  } else {
    if (schema.has_values) check_values(schema, value);
    if (value.is_string()) check_text(schema, value);
    if (value.is_number()) check_number(schema, value);
    if (value.is_array()) check_array(schema, value);
    if (value.is_object()) check_object(schema, value);
    if (!schema.one_of.empty()) check_one_of(schema, value);
  }
  --depth_;
}

void Validator::check_values(const Schema& schema, const Json& value) {
  for (const Json& known : schema.values) {
    if (same_value(known, value)) return;
  }
  if (schema.values.size() == 1) return fail("must be " + write_json(schema.values.front()));
  std::string list;
  std::vector<std::string_view> names;
  for (const Json& known : schema.values) {
    if (known.is_string()) names.emplace_back(known.get_string());
    if (names.size() <= kMaxListedValues) list += (list.empty() ? "" : ", ") + write_json(known);
  }
  if (names.size() > kMaxListedValues) list += ", ...";
  std::string message = "must be one of " + list;
  if (value.is_string()) {
    const std::string_view near = base::nearest_name(std::string_view(value.get_string()), names);
    if (!near.empty()) message += fmt::format("; did you mean \"{}\"?", near);
  }
  fail(std::move(message));
}

void Validator::check_text(const Schema& schema, const Json& value) {
  const std::string_view text(value.get_string());
  if (schema.min_length > 0 || schema.max_length != SIZE_MAX) {
    const std::size_t length = code_points(text);
    if (length < schema.min_length) {
      fail(schema.min_length == 1
               ? "must not be empty"
               : fmt::format("must have at least {} characters, has {}", schema.min_length, length));
    }
    if (length > schema.max_length) {
      return fail(fmt::format("must have at most {} characters, has {}", schema.max_length, length));
    }
  }
  if (schema.pattern != nullptr && !re2::RE2::PartialMatch(text, *schema.pattern)) {
    fail(fmt::format("must match the pattern {}", schema.pattern_text));
  }
  if (schema.format != SchemaFormat::none) {
    if (const std::string_view wanted = format_fault(schema.format, text); !wanted.empty()) {
      fail(fmt::format("must be {}", wanted));
    }
  }
}

void Validator::check_number(const Schema& schema, Json& value) {
  const double number = value.to_number<double>();
  if (schema.minimum && number < *schema.minimum) fail(fmt::format("must be at least {}", *schema.minimum));
  if (schema.maximum && number > *schema.maximum) fail(fmt::format("must be at most {}", *schema.maximum));
  const bool integer_only = (schema.types & Schema::kInteger) != 0 && (schema.types & Schema::kNumber) == 0;
  if (fill_ && integer_only && value.is_double()) value = static_cast<std::int64_t>(number);
}

void Validator::check_array(const Schema& schema, Json& value) {
  auto& items = value.get_array();
  if (items.size() < schema.min_items) {
    fail(fmt::format("must have at least {} item{}, has {}", schema.min_items,
                     schema.min_items == 1 ? "" : "s", items.size()));
  }
  if (items.size() > schema.max_items) {
    return fail(fmt::format("must have at most {} items, has {}", schema.max_items, items.size()));
  }
  if (schema.unique_items) {
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (seen.insert(write_json(items[i])).second) continue;
      fail(fmt::format("item {} is there before", i));
      break;
    }
  }
  if (schema.items == nullptr) return;
  for (std::size_t i = 0; i < items.size() && !full(); ++i) {
    path_.push_back(std::to_string(i));
    check(*schema.items, items[i]);
    path_.pop_back();
  }
}

void Validator::unknown_property(const Schema& schema, std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(schema.properties.size());
  for (const auto& [known, property] : schema.properties) names.push_back(known);
  const std::string_view near = base::nearest_name(name, names);
  path_.emplace_back(name.substr(0, 128));
  if (!near.empty()) {
    fail(fmt::format("is not known here; did you mean \"{}\"?", near));
  } else if (names.empty()) {
    fail("is not known here; nothing is");
  } else if (names.size() <= kMaxListedValues) {
    fail(fmt::format("is not known here; known are {}", fmt::join(names, ", ")));
  } else {
    fail("is not known here");
  }
  path_.pop_back();
}

void Validator::check_object(const Schema& schema, Json& value) {
  // A choice of objects says in its branches which properties there are.
  const bool by_branches = schema.properties.empty() && !schema.one_of.empty() && !schema.other_properties;
  if ((schema.types & Schema::kObject) == 0 || by_branches) return;
  auto& object = value.get_object();
  for (auto& [key, member] : object) {
    if (full()) return;
    const std::string_view name(key);
    const auto known = schema.properties.find(name);
    if (known == schema.properties.end() && !schema.other_properties) {
      unknown_property(schema, name);
      continue;
    }
    const Schema* of = known == schema.properties.end() ? schema.other_schema : known->second.schema;
    if (of == nullptr) continue;
    path_.emplace_back(name.substr(0, 128));
    check(*of, member);
    path_.pop_back();
  }
  for (const auto& [name, property] : schema.properties) {
    if (object.contains(name)) continue;
    if (property.required) {
      path_.push_back(name);
      fail("is required");
      path_.pop_back();
      continue;
    }
    const Schema& resolved = property.schema->resolved();
    const auto& fallback = property.schema->fallback ? property.schema->fallback : resolved.fallback;
    if (fill_ && fallback) object.emplace(name, *fallback);
  }
}

bool Validator::fits(const Schema& schema, Json& value) {
  Validator trial({}, false);
  trial.trial_steps_ = trial_steps_;
  trial.depth_ = depth_;
  trial.check(schema, value);
  trial_steps_ = trial.trial_steps_;
  if (trial.exhausted_) exhausted_ = true;
  return trial.clean();
}

// The branch that was meant, to tell what is wrong in it: the only one of the value's type, or the only one
// whose constant properties agree.
const Schema* Validator::likely(const Schema& schema, const Json& value) const {
  std::vector<const Schema*> left;
  for (const Schema* branch : schema.one_of) {
    const Schema& one = branch->resolved();
    if (one.types == 0 || (one.types & types_of(value)) != 0) left.push_back(&one);
  }
  if (left.size() == 1 || !value.is_object()) return left.size() == 1 ? left.front() : nullptr;
  const Schema* found = nullptr;
  for (const Schema* one : left) {
    bool tagged = false, agrees = true;
    for (const auto& [name, property] : one->properties) {
      const Schema& of = property.schema->resolved();
      if (!of.has_values || of.values.size() != 1) continue;
      const Json* member = value.get_object().if_contains(name);
      tagged = true;
      agrees = agrees && member != nullptr && same_value(*member, of.values.front());
    }
    if (!tagged || !agrees) continue;
    if (found != nullptr) return nullptr;
    found = one;
  }
  return found;
}

void Validator::check_one_of(const Schema& schema, Json& value) {
  const Schema* chosen = nullptr;
  std::size_t fitting = 0;
  for (const Schema* branch : schema.one_of) {
    if (full()) break;
    if (!fits(*branch, value)) continue;
    ++fitting;
    chosen = branch;
  }
  if (exhausted_) {
    if (errors_.empty()) errors_.push_back({pointer(), "the value is too complex to be checked", 0});
    return;
  }
  if (fitting == 1) {
    if (fill_) check(*chosen, value);
    return;
  }
  if (fitting > 1) return fail(fmt::format("fits {} of the {} forms at once", fitting, schema.one_of.size()));
  if (const Schema* meant = likely(schema, value)) return check(*meant, value);
  fail(fmt::format("fits none of the {} forms it may have", schema.one_of.size()));
}

}  // namespace

std::vector<FieldProblem> validate(const Schema& schema, Json& value, std::string_view prefix) {
  Validator validator(prefix, true);
  validator.check(schema, value);
  return validator.take();
}

namespace {

Json scalar_parameter(const Schema& schema, std::string_view text) {
  const Schema& of = schema.resolved();
  if ((of.types & Schema::kInteger) != 0) {
    if (const auto number = base::parse_int(text)) return *number;
  }
  if ((of.types & Schema::kNumber) != 0) {
    if (const auto number = base::parse_double(text)) return *number;
  }
  if ((of.types & Schema::kBoolean) != 0) {
    if (text == "true") return true;
    if (text == "false") return false;
  }
  return Json(boost::json::string(text));
}

}  // namespace

Json parameter_value(const Schema& schema, const std::vector<std::string_view>& texts) {
  const Schema& of = schema.resolved();
  if ((of.types & Schema::kArray) == 0) return texts.empty() ? Json() : scalar_parameter(of, texts.front());
  boost::json::array items;
  static const Schema kAnything;
  for (const std::string_view text : texts) {
    items.push_back(scalar_parameter(of.items == nullptr ? kAnything : *of.items, text));
  }
  return items;
}

}  // namespace vedette::api
