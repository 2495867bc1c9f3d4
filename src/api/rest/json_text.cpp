#include "rest/json_text.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

namespace bj = boost::json;

// Builds the tree itself, because the library's own builder lets the last of equal names win in silence.
class TreeHandler {
 public:
  static constexpr std::size_t max_object_size = std::size_t{1} << 30;
  static constexpr std::size_t max_array_size = std::size_t{1} << 30;
  static constexpr std::size_t max_key_size = std::size_t{1} << 20;
  static constexpr std::size_t max_string_size = std::size_t{1} << 30;

  explicit TreeHandler(const JsonLimits& limits) : limits_(limits) {}

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code& code) { return open(bj::object(), code); }
  bool on_object_end(std::size_t, bj::error_code& code) { return close(code); }
  bool on_array_begin(bj::error_code& code) { return open(bj::array(), code); }
  bool on_array_end(std::size_t, bj::error_code& code) { return close(code); }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    part_.append(part.data(), part.size());
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& code) {
    part_.append(part.data(), part.size());
    Frame& frame = frames_.back();
    frame.key = std::exchange(part_, {});
    const bj::object& object = frame.value.get_object();
    if (object.contains(frame.key)) {
      return fail(
          fmt::format("an object has the name \"{}\" twice", base::escape_control(frame.key.substr(0, 64))),
          code);
    }
    if (object.size() >= limits_.max_members) {
      over_limit_ = true;
      return fail(fmt::format("an object has more than {} members", limits_.max_members), code);
    }
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    part_.append(part.data(), part.size());
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code& code) {
    part_.append(part.data(), part.size());
    return add(bj::value(std::exchange(part_, {})), code);
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t number, bj::string_view, bj::error_code& code) {
    return add(bj::value(number), code);
  }
  bool on_uint64(std::uint64_t number, bj::string_view, bj::error_code& code) {
    return add(bj::value(number), code);
  }
  bool on_double(double number, bj::string_view, bj::error_code& code) {
    if (!std::isfinite(number)) return fail("a number is beyond what a double holds", code);
    return add(bj::value(number), code);
  }
  bool on_bool(bool value, bj::error_code& code) { return add(bj::value(value), code); }
  bool on_null(bj::error_code& code) { return add(bj::value(nullptr), code); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

  bj::value& root() { return root_; }
  const std::string& fault() const { return fault_; }
  bool over_limit() const { return over_limit_; }

 private:
  struct Frame {
    bj::value value;
    std::string key;
  };

  bool fail(std::string fault, bj::error_code& code) {
    fault_ = std::move(fault);
    code = bj::error::syntax;
    return false;
  }
  bool open(bj::value value, bj::error_code& code) {
    if (!count(code)) return false;
    frames_.push_back({std::move(value), {}});
    return true;
  }
  bool close(bj::error_code&) {
    bj::value value = std::move(frames_.back().value);
    frames_.pop_back();
    place(std::move(value));
    return true;
  }
  bool add(bj::value value, bj::error_code& code) {
    if (!count(code)) return false;
    place(std::move(value));
    return true;
  }
  bool count(bj::error_code& code) {
    if (++values_ <= limits_.max_values) return true;
    over_limit_ = true;
    return fail(fmt::format("it holds more than {} values", limits_.max_values), code);
  }
  void place(bj::value value) {
    if (frames_.empty()) {
      root_ = std::move(value);
    } else if (Frame& frame = frames_.back(); frame.value.is_array()) {
      frame.value.get_array().push_back(std::move(value));
    } else {
      frame.value.get_object().emplace(frame.key, std::move(value));
    }
  }

  const JsonLimits limits_;
  std::vector<Frame> frames_;
  bj::value root_;
  std::string part_, fault_;
  std::size_t values_ = 0;
  bool over_limit_ = false;
};

void append_number(std::string& out, const bj::value& value) {
  if (value.is_double()) return base::append_json_double(out, value.get_double());
  if (value.is_int64()) {
    out += std::to_string(value.get_int64());
  } else {
    out += std::to_string(value.get_uint64());
  }
}

}  // namespace

base::Result<bj::value> read_json(std::string_view text, const JsonLimits& limits) {
  bj::parse_options options;
  options.max_depth = limits.max_depth;
  bj::basic_parser<TreeHandler> parser(options, limits);
  bj::error_code code;
  std::size_t used = 0;
  try {
    used = parser.write_some(false, text.data(), text.size(), code);
  } catch (const std::exception&) {
    return base::make_error(base::ErrorCode::limit, "the JSON text is too large");
  }
  TreeHandler& handler = parser.handler();
  if (!code && used < text.size()) {
    if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) code = bj::error::extra_data;
  }
  if (!code) return std::move(handler.root());
  const bool too_deep = code == bj::error::too_deep;
  const std::string fault = too_deep ? fmt::format("it is nested deeper than {} levels", limits.max_depth)
                            : handler.fault().empty() ? code.message()
                                                      : handler.fault();
  return base::make_error(
      too_deep || handler.over_limit() ? base::ErrorCode::limit : base::ErrorCode::invalid_argument,
      fmt::format("the JSON text cannot be read: {} (at byte {})", fault, used));
}

void append_json(std::string& out, const bj::value& value) {
  switch (value.kind()) {
    case bj::kind::null:
      out += "null";
      return;
    case bj::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case bj::kind::int64:
    case bj::kind::uint64:
    case bj::kind::double_:
      return append_number(out, value);
    case bj::kind::string:
      return base::append_json_string(out, std::string_view(value.get_string()));
    case bj::kind::array: {
      char before = '[';
      for (const bj::value& item : value.get_array()) {
        out += std::exchange(before, ',');
        append_json(out, item);
      }
      out += before == '[' ? "[]" : "]";
      return;
    }
    case bj::kind::object: {
      char before = '{';
      for (const auto& [name, member] : value.get_object()) {
        out += std::exchange(before, ',');
        base::append_json_string(out, std::string_view(name));
        out += ':';
        append_json(out, member);
      }
      out += before == '{' ? "{}" : "}";
      return;
    }
  }
}

std::string write_json(const bj::value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

}  // namespace vedette::api
