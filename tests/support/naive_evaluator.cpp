#include "support/naive_evaluator.hpp"

#include <algorithm>
#include <optional>

#include <re2/re2.h>

#include "vedette/base/case_fold.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/field.hpp"

namespace vedette::test {

namespace {

using model::FieldTest;
using model::MatchOp;
using model::Predicate;
using model::Value;

std::string without_blanks(std::string_view name) {
  std::string out = base::folded(name);
  std::erase(out, ' ');
  return out;
}

// The raw text, if the event kept it, is all that keywords look at.
bool keeps_raw_text(const model::Event& event) {
  const Value* raw = event.find(model::field::event_original);
  return raw != nullptr && std::any_of(raw->elements().begin(), raw->elements().end(),
                                       [](const Value& element) { return element.is_string(); });
}

std::string text_of(const Value& value) {
  model::TextBuffer buffer;
  return std::string(model::text_of(value, buffer));
}

bool found_at(MatchOp op, std::string_view text, std::string_view wanted) {
  switch (op) {
    case MatchOp::equals:
    case MatchOp::field_equals:
      return text == wanted;
    case MatchOp::contains:
    case MatchOp::field_contains:
      return text.find(wanted) != std::string_view::npos;
    case MatchOp::starts_with:
    case MatchOp::field_starts_with:
      return text.starts_with(wanted);
    case MatchOp::ends_with:
    case MatchOp::field_ends_with:
      return text.ends_with(wanted);
    case MatchOp::wildcard:
      return covers(wanted, text);
    default:
      return false;
  }
}

bool compare_text(MatchOp op, bool case_sensitive, std::string_view text, std::string_view wanted) {
  if (case_sensitive) return found_at(op, text, wanted);
  return found_at(op, base::folded(text), base::folded(wanted));
}

bool compare_number(MatchOp op, double value, double bound) {
  switch (op) {
    case MatchOp::equals:
      return value == bound;
    case MatchOp::less:
      return value < bound;
    case MatchOp::less_equal:
      return value <= bound;
    case MatchOp::greater:
      return value > bound;
    case MatchOp::greater_equal:
      return value >= bound;
    default:
      return false;
  }
}

std::optional<base::TimeNs> time_of(const Value& value) {
  if (value.is_string()) return base::parse_iso8601(value.as_string());
  double number = 0;
  if (!model::number_of(value, number)) return std::nullopt;
  return base::from_epoch_number(number);
}

int part_of(base::TimeNs time, model::TimePart part) {
  const base::CivilTime civil = base::to_civil(time);
  switch (part) {
    case model::TimePart::minute:
      return civil.minute;
    case model::TimePart::hour:
      return civil.hour;
    case model::TimePart::day:
      return civil.day;
    case model::TimePart::week:
      return base::iso_week(time);
    case model::TimePart::month:
      return civil.month;
    case model::TimePart::year:
      return civil.year;
    case model::TimePart::none:
      break;
  }
  return -1;
}

bool search(const FieldTest& test, std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!test.regex.ignore_case);
  options.set_dot_nl(test.regex.dot_all);
  const RE2 pattern((test.regex.multi_line ? "(?m)" : "") + test.text, options);
  return pattern.ok() && RE2::PartialMatch({text.data(), text.size()}, pattern);
}

bool in_network(std::string_view network, std::string_view text) {
  const auto parsed = base::IpNetwork::parse(network);
  const auto address = base::IpAddress::parse(text);
  return parsed.ok() && address && parsed.value().contains(*address);
}

// One scalar value against one test.
bool element_passes(const FieldTest& test, const Value& element, const model::Event& event) {
  if (element.is_null()) return false;
  if (test.part != model::TimePart::none) {
    const std::optional<base::TimeNs> time = time_of(element);
    return time && compare_number(test.op, part_of(*time, test.part), test.number);
  }
  const std::string text = text_of(element);
  double number = 0;
  switch (test.op) {
    case MatchOp::equals:
    case MatchOp::contains:
    case MatchOp::starts_with:
    case MatchOp::ends_with:
    case MatchOp::wildcard:
      return compare_text(test.op, test.case_sensitive, text, test.text);
    case MatchOp::regex:
      return search(test, text);
    case MatchOp::cidr:
      return in_network(test.text, text);
    case MatchOp::less:
    case MatchOp::less_equal:
    case MatchOp::greater:
    case MatchOp::greater_equal:
      return model::number_of(element, number) && compare_number(test.op, number, test.number);
    case MatchOp::field_equals:
    case MatchOp::field_contains:
    case MatchOp::field_starts_with:
    case MatchOp::field_ends_with: {
      const Value* other = find_field(event, test.text);
      if (other == nullptr) return false;
      for (const Value& wanted : other->elements()) {
        if (!wanted.is_null() && compare_text(test.op, test.case_sensitive, text, text_of(wanted)))
          return true;
      }
      return false;
    }
    case MatchOp::words:  // searches only: no rule asks for it
    case MatchOp::exists:
    case MatchOp::is_null:
      return false;
  }
  return false;
}

bool value_passes(const FieldTest& test, const Value& value, const model::Event& event) {
  for (const Value& element : value.elements()) {
    if (element_passes(test, element, event)) return true;
  }
  return false;
}

bool test_passes(const FieldTest& test, const model::Event& event) {
  if (test.field.empty()) {
    const bool raw = keeps_raw_text(event);
    for (const model::Cell& cell : event.cells()) {
      if (raw && cell.field != model::field::event_original) continue;
      for (const Value& element : cell.value.elements()) {
        if ((!raw || element.is_string()) && element_passes(test, element, event)) return true;
      }
    }
    return false;
  }
  const Value* value = find_field(event, test.field);
  if (test.op == MatchOp::exists) return value != nullptr;
  if (test.op == MatchOp::is_null) {
    return value == nullptr || value->is_null() || (value->is_list() && value->as_list().empty());
  }
  return value != nullptr && value_passes(test, *value, event);
}

}  // namespace

const Value* find_field(const model::Event& event, std::string_view name) {
  const auto best = [&](auto agrees) {
    const model::Cell* found = nullptr;
    for (const model::Cell& cell : event.cells()) {
      const std::string_view candidate = model::name_of(cell.field);
      if (agrees(candidate) && (!found || candidate < model::name_of(found->field))) found = &cell;
    }
    return found ? &found->value : nullptr;
  };
  if (const Value* exact = best([&](std::string_view other) { return other == name; })) return exact;
  const std::string lower = base::folded(name);
  if (const Value* value = best([&](std::string_view other) { return base::folded(other) == lower; })) {
    return value;
  }
  const std::string wanted = without_blanks(name);
  return best([&](std::string_view other) { return without_blanks(other) == wanted; });
}

bool covers(std::string_view pattern, std::string_view text) {
  // reached[i]: the pattern so far covers the first i code points of the text.
  const auto next_point = [](std::string_view from, std::size_t& at) {
    const std::size_t begin = at;
    base::decode_utf8(from, at);
    return from.substr(begin, at - begin);
  };
  std::vector<std::string_view> points;
  for (std::size_t at = 0; at < text.size();) points.push_back(next_point(text, at));
  std::vector<bool> reached(points.size() + 1, false);
  reached[0] = true;
  for (std::size_t at = 0; at < pattern.size();) {
    std::vector<bool> next(points.size() + 1, false);
    if (pattern[at] == '*') {
      ++at;
      bool any = false;
      for (std::size_t i = 0; i <= points.size(); ++i) next[i] = any = any || reached[i];
    } else {
      const bool question = pattern[at] == '?';
      if (pattern[at] == '\\') ++at;
      const std::string_view wanted = next_point(pattern, at);
      for (std::size_t i = 0; i < points.size(); ++i) {
        next[i + 1] = reached[i] && (question || points[i] == wanted);
      }
    }
    reached = std::move(next);
  }
  return reached[points.size()];
}

bool holds(const Predicate& predicate, const model::Event& event) {
  switch (predicate.kind) {
    case Predicate::Kind::always:
      return true;
    case Predicate::Kind::never:
      return false;
    case Predicate::Kind::negation:
      return !holds(predicate.children.front(), event);
    case Predicate::Kind::test:
      return test_passes(predicate.test, event);
    case Predicate::Kind::all_of:
      for (const Predicate& child : predicate.children) {
        if (!holds(child, event)) return false;
      }
      return true;
    case Predicate::Kind::any_of:
      for (const Predicate& child : predicate.children) {
        if (holds(child, event)) return true;
      }
      return false;
  }
  return false;
}

}  // namespace vedette::test
