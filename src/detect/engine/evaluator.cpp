#include "engine/evaluator.hpp"

#include <algorithm>

#include "vedette/base/case_fold.hpp"
#include "vedette/base/check.hpp"

namespace vedette::detect {

using model::MatchOp;
using model::Value;
using Kind = model::Predicate::Kind;

namespace {

// Never part of valid UTF-8, so no literal spans two segments by accident (and the segment check refuses the
// rest).
constexpr char kSeparator = '\xff';
constexpr std::uint32_t kMaxStamp = (1u << 30) - 1;
// Comparing every value with every segment pays for few of them only.
constexpr std::size_t kMaxComparedSegments = 64;

bool same_bytes(std::string_view a, std::string_view b) {
  return a.data() == b.data() && a.size() == b.size();
}

bool keeps_raw_text(const model::Event& event) {
  const Value* raw = event.find(model::field::event_original);
  return raw && std::any_of(raw->elements().begin(), raw->elements().end(),
                            [](const Value& element) { return element.is_string(); });
}

}  // namespace

const std::vector<std::uint32_t>& Evaluator::load(const model::Event& event) {
  if (++stamp_ == kMaxStamp) {
    std::fill(truths_.begin(), truths_.end(), 0);
    std::fill(candidates_.begin(), candidates_.end(), 0);
    for (SlotState& slot : slots_) slot.stamp = 0;
    stamp_ = 1;
  }
  event_ = &event;
  arena_.clear();
  candidate_list_.clear();
  fill_slots(event);
  build_segments(event);
  scan();
  candidate_list_.insert(candidate_list_.end(), program_.always.begin(), program_.always.end());
  std::sort(candidate_list_.begin(), candidate_list_.end());
  return candidate_list_;
}

void Evaluator::fill_slots(const model::Event& event) {
  for (const model::Cell& cell : event.cells()) {
    const std::uint32_t field = index_of(cell.field);
    if (field >= slots_by_field_.size() || slots_by_field_[field] == 0) resolve_field(field);
    const std::uint32_t known = slots_by_field_[field];
    if (known == 1) continue;
    for (const FieldResolver::Ranked& ranked : ranked_[known - 2]) {
      SlotState& slot = slots_[ranked.slot];
      if (slot.stamp == stamp_ && slot.rank < ranked.rank) continue;
      // Ids depend on what was read before, and by whom; names do not.
      if (slot.stamp == stamp_ && slot.rank == ranked.rank && name_of(slot.field) < name_of(cell.field))
        continue;
      slot = {&cell.value, cell.field, ranked.rank, stamp_};
    }
  }
  for (const SlotId id : program_.fields.composed_slots()) {
    SlotState& slot = slots_[id];
    if (slot.stamp == stamp_) continue;
    if (const Value* value = program_.fields.compose(id, event, arena_)) slot = {value, {}, 0, stamp_};
  }
}

void Evaluator::resolve_field(std::uint32_t field) {
  if (field >= slots_by_field_.size()) {
    slots_by_field_.resize(std::max<std::size_t>(field + 1, model::FieldTable::instance().size()), 0);
  }
  auto ranked = program_.fields.slots_of(name_of(static_cast<model::FieldId>(field)));
  if (ranked.empty()) {
    slots_by_field_[field] = 1;
    return;
  }
  ranked_.push_back(std::move(ranked));
  slots_by_field_[field] = static_cast<std::uint32_t>(ranked_.size() + 1);
}

void Evaluator::build_segments(const model::Event& event) {
  buffer_.clear();
  segments_.clear();
  keyword_segments_ = false;
  raw_text_ = program_.has_keywords && keeps_raw_text(event);
  for (const SlotId slot : program_.scanned) add_segments(slot);
  if (program_.keywords_scanned) add_keyword_segments(event);
  scan_bytes_ = buffer_.size();
  for (const SlotId slot : program_.exact_only) add_segments(slot);
}

void Evaluator::add_segments(SlotId id) {
  SlotState& slot = slots_[id];
  if (slot.stamp != stamp_) return;
  slot.first_segment = static_cast<std::uint32_t>(segments_.size());
  slot.segments_stamp = stamp_;
  for (const Value& element : slot.value->elements()) {
    if (element.is_null()) continue;
    model::TextBuffer number;
    const std::string_view text = text_of(element, number);
    add_segment(id, element.is_string() ? text : arena_.copy(text), slot.field);
    if (program_.exact_slots[id]) look_up_exact(segments_.back());
  }
  slot.segments = static_cast<std::uint32_t>(segments_.size()) - slot.first_segment;
}

std::span<const Evaluator::Segment> Evaluator::segments_of(SlotId id) {
  SlotState& slot = slots_[id];
  if (slot.stamp != stamp_) return {};
  if (slot.segments_stamp != stamp_) add_segments(id);
  return std::span(segments_).subspan(slot.first_segment, slot.segments);
}

// Keywords search the raw text if the event kept it, else every value. Values that fill a scanned slot are in
// the buffer already; so is what a mapping copied from them.
void Evaluator::add_keyword_segments(const model::Event& event) {
  keyword_segments_ = true;
  if (raw_text_) {
    for (const Value& element : event.find(model::field::event_original)->elements()) {
      if (element.is_string()) {
        add_segment(kKeywordSlot, element.as_string(), model::field::event_original);
      }
    }
    return;
  }
  const std::size_t present = segments_.size() <= kMaxComparedSegments ? segments_.size() : 0;
  const auto covered = [&](std::string_view text) {
    return std::any_of(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(present),
                       [&](const Segment& segment) { return same_bytes(segment.raw, text); });
  };
  std::string_view last;
  for (const model::Cell& cell : event.cells()) {
    for (const Value& element : cell.value.elements()) {
      if (element.is_null() || (!element.is_string() && !program_.numeric_keywords)) continue;
      model::TextBuffer number;
      const std::string_view text = text_of(element, number);
      if (!text.empty() && (same_bytes(text, last) || (element.is_string() && covered(text)))) continue;
      last = element.is_string() ? text : arena_.copy(text);
      add_segment(kKeywordSlot, last, cell.field);
    }
  }
}

void Evaluator::add_segment(SlotId slot, std::string_view raw, model::FieldId field) {
  const auto begin = static_cast<std::uint32_t>(buffer_.size());
  base::append_folded(buffer_, raw);
  const auto end = static_cast<std::uint32_t>(buffer_.size());
  buffer_ += kSeparator;
  const bool keyword = slot == kKeywordSlot || (program_.has_keywords && !raw_text_);
  segments_.push_back({begin, end, slot, keyword, raw, field});
}

void Evaluator::look_up_exact(const Segment& segment) {
  const std::string_view text = folded(segment);
  const auto it = program_.exact.find(exact_key(segment.slot, text));
  if (it == program_.exact.end()) return;
  for (const TestId id : it->second) {
    const Test& test = program_.tests[id];
    if (test.slot == segment.slot && test.matcher.literal() == text) set_true(id);
  }
}

void Evaluator::scan() {
  if (!program_.database || scan_bytes_ == 0) return;
  segment_hint_ = 0;
  const auto status = hs_scan(program_.database.get(), buffer_.data(), static_cast<unsigned>(scan_bytes_), 0,
                              *scratch_, on_literal, this);
  CHECK(status == HS_SUCCESS);
}

int Evaluator::on_literal(unsigned id, unsigned long long, unsigned long long to, unsigned, void* self) {
  auto* evaluator = static_cast<Evaluator*>(self);
  evaluator->literal_found(evaluator->program_.literals[id], static_cast<std::uint32_t>(to));
  return 0;
}

void Evaluator::literal_found(const Literal& literal, std::uint32_t end) {
  // Reports come mostly in the order of the text.
  if (segments_[segment_hint_].begin > end || segments_[segment_hint_].end < end) {
    const auto at = std::partition_point(segments_.begin(), segments_.end(),
                                         [&](const Segment& segment) { return segment.end < end; });
    if (at == segments_.end()) return;
    segment_hint_ = static_cast<std::size_t>(at - segments_.begin());
  }
  const Segment& segment = segments_[segment_hint_];
  const auto length = static_cast<std::uint32_t>(literal.text.size());
  if (end > segment.end || end < segment.begin + length) return;
  for (const LiteralUse& use : literal.uses) {
    if (use.slot != segment.slot && (use.slot != kKeywordSlot || !segment.keyword)) continue;
    if (use.at_start && end - length != segment.begin) continue;
    if (use.at_end && end != segment.end) continue;
    if (program_.tests[use.test].evaluation == Evaluation::scan) {
      set_true(use.test);
    } else if (truth(use.test) == 0) {
      truths_[use.test] = stamp_ * 4 + kGuardMet;
      add_candidates(program_.tests[use.test]);
    }
  }
}

void Evaluator::set_true(TestId id) {
  if (truth(id) == kTrue) return;
  truths_[id] = stamp_ * 4 + kTrue;
  add_candidates(program_.tests[id]);
}

void Evaluator::add_candidates(const Test& test) {
  for (const std::uint32_t rule : test.rules) {
    if (candidates_[rule] == stamp_) continue;
    candidates_[rule] = stamp_;
    candidate_list_.push_back(rule);
  }
}

bool Evaluator::test_holds(TestId id) {
  const std::uint32_t known = truth(id);
  if (known == kTrue) return true;
  if (known == kFalse) return false;
  const Test& test = program_.tests[id];
  bool result = false;
  // Scan and exact tests that were not reported are false; so are guarded ones whose literal was not found.
  if (test.evaluation == Evaluation::lazy || known == kGuardMet) result = evaluate(test);
  truths_[id] = stamp_ * 4 + (result ? kTrue : kFalse);
  return result;
}

bool Evaluator::evaluate(const Test& test) {
  if (test.slot == kKeywordSlot) return keyword_holds(test);
  if (test.matcher.is_text()) return text_holds(test);
  if (test.matcher.op() >= MatchOp::field_equals) {
    return test.matcher.matches_fields(slot_value(test.slot), slot_value(test.other), scratch_text_);
  }
  return test.matcher.matches(slot_value(test.slot), scratch_text_);
}

bool Evaluator::text_holds(const Test& test) {
  for (const Segment& segment : segments_of(test.slot)) {
    if (test.matcher.matches_text(segment.raw, folded(segment))) return true;
  }
  return false;
}

bool Evaluator::keyword_holds(const Test& test) {
  if (!keyword_segments_) add_keyword_segments(*event_);
  return std::any_of(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return segment.keyword && test.matcher.matches_text(segment.raw, folded(segment));
  });
}

bool Evaluator::holds(std::uint32_t at) {
  const Node& node = program_.nodes[at];
  switch (node.kind) {
    case Kind::always:
      return true;
    case Kind::never:
      return false;
    case Kind::test:
      return test_holds(node.test);
    case Kind::negation:
      return !holds(node.first);
    case Kind::all_of:
      for (std::uint32_t i = 0; i < node.count; ++i) {
        if (!holds(node.first + i)) return false;
      }
      return true;
    case Kind::any_of:
      for (std::uint32_t i = 0; i < node.count; ++i) {
        if (holds(node.first + i)) return true;
      }
      return false;
  }
  return false;
}

}  // namespace vedette::detect
