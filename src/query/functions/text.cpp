#include "vedette/base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "functions.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::size_t kMaxDistanceText = 1024;  // code points; the cost is their product

// Text of an argument; buffers live as long as the call.
struct Text {
  Text(Call& call, std::size_t index) : view(text_in(call.args[index], buffer)) {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  model::TextBuffer buffer;
  std::string_view view;
};

std::int64_t code_points(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) base::decode_utf8(text, at);
  return count;
}

// The part of `text` from code point `from` (0-based) on, at most `length` of them.
std::string_view slice(std::string_view text, std::int64_t from, std::int64_t length) {
  std::size_t begin = 0;
  for (; from > 0 && begin < text.size(); --from) base::decode_utf8(text, begin);
  std::size_t end = begin;
  for (; length > 0 && end < text.size(); --length) base::decode_utf8(text, end);
  return text.substr(begin, end - begin);
}

// A view into the first argument, which lives longer than the call unless it was made for it.
Value part(Call& call, std::string_view view) {
  return call.args[0].is_string() ? Value::string(view) : call.text(view);
}

Value length(Call& call) {
  return Value::integer(code_points(Text(call, 0).view));
}

Value lower(Call& call) {
  const Text text(call, 0);
  return call.text(base::folded(text.view));
}

// Upper case of ASCII, Latin-1, Greek and Cyrillic letters; other code points stay.
char32_t upper_code_point(char32_t c) {
  if (c >= 'a' && c <= 'z') return c - 32;
  if ((c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2)) return c - 32;
  if (c >= 0x430 && c <= 0x44F) return c - 32;
  if (c >= 0x450 && c <= 0x45F) return c - 80;
  if (c >= 0x100 && c <= 0x137 && c != 0x131) return c & ~char32_t{1};
  return c;
}

Value upper(Call& call) {
  const Text text(call, 0);
  std::string out;
  out.reserve(text.view.size());
  for (std::size_t at = 0; at < text.view.size();) {
    const char byte = text.view[at];
    if (static_cast<unsigned char>(byte) < 0x80) {
      out += byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 32) : byte;
      ++at;
    } else {
      base::append_utf8(out, upper_code_point(base::decode_utf8(text.view, at)));
    }
  }
  return call.text(out);
}

enum class Side : std::uint8_t { both, left, right };

// Blanks, or the characters (bytes) of the second argument.
template <Side side>
Value trim(Call& call) {
  const Text text(call, 0);
  std::string_view view = text.view;
  std::string cut = " \t\n\v\f\r";
  if (call.args.size() > 1) cut = Text(call, 1).view;
  const auto in = [&](char c) { return cut.find(c) != std::string::npos; };
  while (side != Side::right && !view.empty() && in(view.front())) view.remove_prefix(1);
  while (side != Side::left && !view.empty() && in(view.back())) view.remove_suffix(1);
  return part(call, view);
}

// From 1; a negative `from` counts from the end.
Value substring(Call& call) {
  const Text text(call, 0);
  auto from = integer_in(call.args[1]);
  const auto wanted =
      call.args.size() > 2 ? integer_in(call.args[2]) : std::optional<std::int64_t>(INT64_MAX);
  if (!from || !wanted) return call.fail("the place is not a number");
  if (*from < 0) {
    const std::int64_t all = code_points(text.view);
    *from = *from < -all ? 1 : all + *from + 1;
  }
  return part(call, slice(text.view, std::max<std::int64_t>(*from, 1) - 1, *wanted));
}

Value left(Call& call) {
  const Text text(call, 0);
  const auto count = integer_in(call.args[1]);
  return count ? part(call, slice(text.view, 0, *count)) : call.fail("the length is not a number");
}

Value right(Call& call) {
  const Text text(call, 0);
  const auto count = integer_in(call.args[1]);
  if (!count) return call.fail("the length is not a number");
  const std::int64_t all = code_points(text.view);
  const std::int64_t taken = std::clamp<std::int64_t>(*count, 0, all);
  return part(call, slice(text.view, all - taken, taken));
}

void append_text(std::string& out, const Value& value) {
  bool first = true;
  for (const Value& item : value.elements()) {
    model::TextBuffer buffer;
    if (!first) out += ',';
    first = false;
    out += text_in(item, buffer);
  }
}

Value concat(Call& call) {
  std::string out;
  for (const Value& argument : call.args) {
    append_text(out, argument);
    if (out.size() > kMaxResultBytes) break;
  }
  return call.text(out);
}

Value split(Call& call) {
  const Text text(call, 0), separator(call, 1);
  if (separator.view.empty()) return call.fail("the separator is empty");
  std::vector<Value> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.view.find(separator.view, begin);
    parts.push_back(part(call, text.view.substr(begin, end - begin)));
    if (end == std::string_view::npos) break;
    begin = end + separator.view.size();
  }
  if (parts.size() == 1) return parts[0];
  auto list = call.arena.allocate_array<Value>(parts.size());
  std::copy(parts.begin(), parts.end(), list.begin());
  return Value::list(list);
}

Value join(Call& call) {
  const Text separator(call, 1);
  std::string out;
  bool first = true;
  for (const Value& item : call.args[0].elements()) {
    model::TextBuffer buffer;
    if (item.is_null()) continue;
    if (!first) out += separator.view;
    first = false;
    out += text_in(item, buffer);
    if (out.size() > kMaxResultBytes) break;
  }
  return call.text(out);
}

enum class Where : std::uint8_t { start, end, anywhere };

bool holds(Where where, std::string_view text, std::string_view wanted) {
  if (where == Where::start) return text.starts_with(wanted);
  if (where == Where::end) return text.ends_with(wanted);
  return text.find(wanted) != std::string_view::npos;
}

// A list holds if an element does.
template <Where where, bool fold>
Value finds(Call& call) {
  const Text wanted(call, 1);
  const std::string folded = fold ? base::folded(wanted.view) : std::string(wanted.view);
  for (const Value& item : call.args[0].elements()) {
    model::TextBuffer buffer;
    if (item.is_null()) continue;
    const std::string_view text = text_in(item, buffer);
    if (fold ? holds(where, base::folded(text), folded) : holds(where, text, folded))
      return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value repeat(Call& call) {
  const Text text(call, 0);
  const auto count = integer_in(call.args[1]);
  if (!count) return call.fail("the count is not a number");
  if (*count <= 0 || text.view.empty()) return Value::string("");
  if (static_cast<std::uint64_t>(*count) > kMaxResultBytes / text.view.size()) {
    return call.fail("the result is longer than 1 MiB");
  }
  std::string out;
  for (std::int64_t i = 0; i < *count; ++i) out += text.view;
  return call.text(out);
}

Value reverse(Call& call) {
  if (call.args[0].is_list()) {
    const auto items = call.args[0].as_list();
    auto list = call.arena.allocate_array<Value>(items.size());
    std::reverse_copy(items.begin(), items.end(), list.begin());
    return Value::list(list);
  }
  const Text text(call, 0);
  std::string out(text.view.size(), '\0');
  std::size_t to = out.size();
  for (std::size_t at = 0; at < text.view.size();) {
    const std::size_t begin = at;
    base::decode_utf8(text.view, at);
    to -= at - begin;
    text.view.copy(out.data() + to, at - begin, begin);
  }
  return call.text(out);
}

// From 1; 0 if it is not there.
Value index_of(Call& call) {
  const Text text(call, 0), wanted(call, 1);
  const std::size_t at = text.view.find(wanted.view);
  return Value::integer(at == std::string_view::npos ? 0 : code_points(text.view.substr(0, at)) + 1);
}

std::vector<char32_t> decoded(std::string_view text) {
  std::vector<char32_t> out;
  for (std::size_t at = 0; at < text.size() && out.size() <= kMaxDistanceText;) {
    out.push_back(base::decode_utf8(text, at));
  }
  return out;
}

Value levenshtein(Call& call) {
  const Text text_a(call, 0), text_b(call, 1);
  const auto a = decoded(text_a.view), b = decoded(text_b.view);
  if (a.size() > kMaxDistanceText || b.size() > kMaxDistanceText) {
    return call.fail("a text is longer than 1,024 characters");
  }
  std::vector<std::int64_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<std::int64_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::int64_t diagonal = row[0];
    row[0] = static_cast<std::int64_t>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::int64_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return Value::integer(row[b.size()]);
}

// Shannon entropy of the bytes, in bits a byte.
Value entropy(Call& call) {
  const Text text(call, 0);
  if (text.view.empty()) return Value::integer(0);
  std::array<std::uint32_t, 256> counts{};
  for (const char c : text.view) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const std::uint32_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.view.size());
    bits -= share * std::log2(share);
  }
  return number_value(bits);
}

constexpr Function kTextFunctions[] = {
    {"length", 1, 1, length},
    {"lower", 1, 1, lower},
    {"upper", 1, 1, upper},
    {"trim", 1, 2, trim<Side::both>},
    {"ltrim", 1, 2, trim<Side::left>},
    {"rtrim", 1, 2, trim<Side::right>},
    {"substring", 2, 3, substring},
    {"left", 2, 2, left},
    {"right", 2, 2, right},
    {"concat", 1, 100, concat, Nulls::propagate, Lists::see},
    {"split", 2, 2, split, Nulls::propagate, Lists::see},
    {"join", 2, 2, join, Nulls::propagate, Lists::see},
    {"starts_with", 2, 2, finds<Where::start, false>, Nulls::propagate, Lists::see},
    {"ends_with", 2, 2, finds<Where::end, false>, Nulls::propagate, Lists::see},
    {"contains", 2, 2, finds<Where::anywhere, true>, Nulls::propagate, Lists::see},
    {"contains_cs", 2, 2, finds<Where::anywhere, false>, Nulls::propagate, Lists::see},
    {"repeat", 2, 2, repeat},
    {"reverse", 1, 1, reverse, Nulls::propagate, Lists::see},
    {"index_of", 2, 2, index_of},
    {"levenshtein", 2, 2, levenshtein},
    {"entropy", 1, 1, entropy},
};

}  // namespace

std::span<const Function> text_functions() {
  return kTextFunctions;
}

}  // namespace vedette::query
