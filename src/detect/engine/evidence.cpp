// What an alert says about why its rule matched.
#include <algorithm>

#include "engine/evaluator.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect {

using model::Match;
using model::MatchOp;
using model::Value;
using Kind = model::Predicate::Kind;

namespace {

constexpr std::size_t kMaxMatches = 64;

std::string shown_value(std::string_view text) {
  if (text.size() <= model::kMaxMatchValueBytes) return base::to_valid_utf8(text);
  return base::to_valid_utf8(base::utf8_prefix(text, model::kMaxMatchValueBytes)) + "…";
}

std::string text_of_list(const Value& value) {
  std::string out;
  if (value.is_list()) {
    append_json(out, value);
    return out;
  }
  model::TextBuffer buffer;
  return std::string(text_of(value, buffer));
}

}  // namespace

std::vector<Match> Evaluator::evidence(std::uint32_t program_rule) {
  std::vector<Match> out;
  collect(program_.rules[program_rule].root, out);
  return out;
}

std::vector<std::optional<std::string>> Evaluator::captures(std::uint32_t program_rule) const {
  std::vector<std::optional<std::string>> out;
  for (const SlotId slot : program_.rules[program_rule].captures) {
    const Value* value = slot_value(slot);
    auto& text = out.emplace_back();
    if (!value) continue;
    const auto elements = value->elements();
    const auto first = std::find_if(elements.begin(), elements.end(),
                                    [](const Value& element) { return !element.is_null(); });
    model::TextBuffer buffer;
    if (first != elements.end()) text = text_of(*first, buffer);
  }
  return out;
}

void Evaluator::collect(std::uint32_t at, std::vector<Match>& out) {
  const Node& node = program_.nodes[at];
  if (out.size() >= kMaxMatches || !holds(at)) return;
  if (node.kind == Kind::test) {
    add_match(node, out);
  } else if (node.kind == Kind::all_of || node.kind == Kind::any_of) {
    for (std::uint32_t i = 0; i < node.count; ++i) collect(node.first + i, out);
  }
}

void Evaluator::add_match(const Node& node, std::vector<Match>& out) {
  const Test& test = program_.tests[node.test];
  Match match;
  match.modifier = node.source->test.modifier;
  match.pattern = node.source->test.shown;
  if (test.slot == kKeywordSlot) {
    if (match.modifier.empty()) match.modifier = "keyword";
    for (const Segment& segment : segments_) {
      if (!segment.keyword || !test.matcher.matches_text(segment.raw, folded(segment))) continue;
      match.field = name_of(segment.field);
      match.value = shown_value(segment.raw);
      break;
    }
  } else {
    const SlotState& slot = slots_[test.slot];
    match.field = program_.fields.slot_name(test.slot);
    if (const Value* value = slot_value(test.slot)) {
      // The name under which the event carries it, unless the value was composed.
      if (slot.field != model::FieldId{}) match.field = name_of(slot.field);
      match.value = shown_value(text_of_list(*value));
      for (const Value& element : value->elements()) {
        if (!value->is_list() || !test.matcher.matches(&element, scratch_text_)) continue;
        match.value = shown_value(text_of_list(element));
        break;
      }
    }
  }
  const bool seen = std::any_of(out.begin(), out.end(), [&](const Match& m) {
    return m.field == match.field && m.pattern == match.pattern && m.modifier == match.modifier;
  });
  if (!seen) out.push_back(std::move(match));
}

}  // namespace vedette::detect
