#include "mapping/execute.hpp"

#include <algorithm>

#include <re2/re2.h>

#include "mapping/convert.hpp"
#include "mapping/structured.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {

using model::Value;

namespace {

constexpr std::size_t kMaxRelated = 64;      // values of one related.* field
constexpr std::size_t kMaxListItems = 4096;  // made by split

// Finds the first element of a value that `index` knows.
std::uint32_t find_value(const ValueIndex& index, const Value& value) {
  for (const Value& element : value.elements()) {
    model::TextBuffer buffer;
    const std::uint32_t found = index.find(model::text_of(element, buffer));
    if (found != ValueIndex::kNone) return found;
  }
  return ValueIndex::kNone;
}

bool same_text(const Value& a, const Value& b) {
  return a.is_string() && b.is_string() && a.as_string() == b.as_string();
}

struct Cut {
  std::size_t at, width;
};

// The first of the separators in `text`; its end if there is none. All are tried at each place, so that a
// separator that never comes does not make every cut look through the whole rest.
Cut next_separator(std::string_view text, const std::vector<std::string>& separators) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const std::string& separator : separators) {
      if (text[at] == separator.front() && text.substr(at).starts_with(separator))
        return {at, separator.size()};
    }
  }
  return {text.size(), 0};
}

}  // namespace

void Execution::run() {
  scratch_.begin(program_.slots);
  read_row();
  if (!scratch_.repeated.empty()) join_repeated();
  choose_mappings();
  for (std::size_t i = 0; i < scratch_.chosen.size(); ++i) {
    run_block(program_.mappings[scratch_.chosen[i]].block);
  }
  if (!scratch_.related.empty()) write_related();
}

void Execution::read_row() {
  for (const model::Cell& cell : builder_.open_cells()) {
    const std::uint32_t index = model::index_of(cell.field);
    if (index >= program_.fields.size()) continue;
    const Program::FieldInfo info = program_.fields[index];
    if (info.slot == kNoSlot) continue;
    if (scratch_.present(info.slot)) {
      scratch_.repeated.push_back(info.slot);
    } else {
      scratch_.read_stamps[info.slot] = scratch_.write_stamps[info.slot] = scratch_.stamp;
      scratch_.values[info.slot] = cell.value;
    }
    if (info.related != 0) scratch_.related.push_back({info.related, cell.value});
  }
}

// A field that came several times is a list of all its values.
void Execution::join_repeated() {
  std::sort(scratch_.repeated.begin(), scratch_.repeated.end());
  const auto last = std::unique(scratch_.repeated.begin(), scratch_.repeated.end());
  scratch_.repeated.erase(last, scratch_.repeated.end());
  std::vector<std::vector<Value>> values(scratch_.repeated.size());
  for (const model::Cell& cell : builder_.open_cells()) {
    const std::uint32_t index = model::index_of(cell.field);
    if (index >= program_.fields.size()) continue;
    const Slot slot = program_.fields[index].slot;
    const auto found = std::lower_bound(scratch_.repeated.begin(), scratch_.repeated.end(), slot);
    if (found == scratch_.repeated.end() || *found != slot) continue;
    auto& list = values[static_cast<std::size_t>(found - scratch_.repeated.begin())];
    for (const Value& element : cell.value.elements()) list.push_back(element);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::span<Value> list = writer_.arena().allocate_array<Value>(values[i].size());
    std::copy(values[i].begin(), values[i].end(), list.begin());
    scratch_.values[scratch_.repeated[i]] = Value::list(list);
  }
}

void Execution::choose_mappings() {
  for (const Program::Selector& selector : program_.selectors) {
    if (!scratch_.present(selector.source)) continue;
    consider(selector.if_present);
    if (selector.lists.empty()) continue;
    for (const Value& element : scratch_.values[selector.source].elements()) {
      model::TextBuffer buffer;
      const std::uint32_t found = selector.index.find(model::text_of(element, buffer));
      if (found != ValueIndex::kNone) consider(selector.lists[found]);
    }
  }
  if (scratch_.chosen.size() < 2) return;
  std::sort(scratch_.chosen.begin(), scratch_.chosen.end());
  scratch_.chosen.erase(std::unique(scratch_.chosen.begin(), scratch_.chosen.end()), scratch_.chosen.end());
}

void Execution::consider(const std::vector<std::uint16_t>& mappings) {
  for (const std::uint16_t number : mappings) {
    const std::vector<Alternative>& when = program_.mappings[number].when;
    if (std::any_of(when.begin(), when.end(), [&](const Alternative& one) { return holds(one); })) {
      scratch_.chosen.push_back(number);
    }
  }
}

bool Execution::holds(const Alternative& alternative) const {
  for (const Slot slot : alternative.exists) {
    if (!scratch_.present(slot)) return false;
  }
  for (const Alternative::Test& test : alternative.tests) {
    if (!scratch_.present(test.source)) return false;
    if (find_value(test.values, scratch_.values[test.source]) == ValueIndex::kNone) return false;
  }
  return true;
}

const Block* Execution::choose(const Case& by) const {
  if (scratch_.present(by.source)) {
    const Value& value = scratch_.values[by.source];
    if (const std::uint32_t found = find_value(by.exact, value); found != ValueIndex::kNone) {
      return &by.blocks[found];
    }
    for (const auto& [prefix, block] : by.prefixes) {
      for (const Value& element : value.elements()) {
        model::TextBuffer buffer;
        if (base::starts_with_ignore_case_ascii(model::text_of(element, buffer), prefix)) {
          return &by.blocks[block];
        }
      }
    }
  }
  return by.otherwise == ValueIndex::kNone ? nullptr : &by.blocks[by.otherwise];
}

void Execution::run_block(const Block& block) {
  for (const Case& by : block.cases) {
    if (const Block* chosen = choose(by)) run_block(*chosen);
  }
  for (const FieldAction& action : block.fields) {
    if (scratch_.present(action.source)) {
      emit(action.item, scratch_.values[action.source], action.none);
    }
  }
  for (const BuildAction& action : block.builds) build(action);
  for (const SetAction& action : block.sets) writer_.write_ready(action.target, action.value);
}

bool Execution::is_none(const Value& value, std::uint16_t none) const {
  if (value.is_null()) return true;
  if (!value.is_string()) return false;
  const std::string_view text = value.as_string();
  if (text.empty() || text == "-") return true;
  if (none == 0) return false;
  for (const std::string& absent : program_.none_lists[none]) {
    if (base::equals_ignore_case_ascii(absent, text)) return true;
  }
  return false;
}

void Execution::emit(const Item& item, const Value& value, std::uint16_t none) {
  if (!value.is_list() && is_none(value, none)) return;
  if (!item.plain) return emit_worked(item, value, none);
  for (const Target& target : item.targets) writer_.write(target, value);
}

void Execution::emit_worked(const Item& item, const Value& value, std::uint16_t none) {
  if (item.capture && !item.capture->groups.empty()) {
    for (const Value& element : value.elements()) {
      if (element.is_string()) emit_groups(item, element.as_string(), none);
    }
    return;
  }
  const bool wanted =
      item.targets.empty() || std::any_of(item.targets.begin(), item.targets.end(),
                                          [&](const Target& target) { return writer_.wanted(target); });
  if (!wanted) return;
  if (item.split.empty() && (!value.is_list() || item.structured == Structured::dns_answers)) {
    Value result;
    if (work(item, value, none, result)) emit_result(item, result, none);
    return;
  }
  std::vector<Value> results;
  for (const Value& element : value.elements()) work_list(item, element, none, results);
  if (item.structured != Structured::none) {
    for (const Value& result : results) emit_result(item, result, none);
    return;
  }
  for (const Target& target : item.targets) writer_.write_list(target, results);
}

void Execution::emit_result(const Item& item, const Value& result, std::uint16_t none) {
  if (item.structured == Structured::none) {
    for (const Target& target : item.targets) writer_.write(target, result);
  } else if (item.structured != Structured::pairs) {
    write_structured(item.structured, result, item.targets, writer_);
  } else if (result.is_string()) {
    emit_pairs(*item.pairs, result.as_string(), none);
  }
}

void Execution::emit_groups(const Item& item, std::string_view text, std::uint16_t none) {
  constexpr int kMaxGroups = 32;
  re2::StringPiece groups[kMaxGroups];
  const RE2& regex = *item.capture->regex;
  const int count = std::min(regex.NumberOfCapturingGroups() + 1, kMaxGroups);
  const re2::StringPiece whole(text.data(), text.size());
  if (!regex.Match(whole, 0, whole.size(), RE2::UNANCHORED, groups, count)) return;
  for (const auto& [number, one] : item.capture->groups) {
    if (number >= count || groups[number].data() == nullptr) continue;
    emit(one, Value::string({groups[number].data(), groups[number].size()}), none);
  }
}

void Execution::emit_pairs(const Pairs& pairs, std::string_view text, std::uint16_t none) {
  while (!text.empty()) {
    const std::size_t end = text.find(pairs.separator);
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + pairs.separator.size());
    const std::size_t assign = pair.find(pairs.assign);
    if (assign == std::string_view::npos) continue;
    char key[64];
    std::size_t length = 0;
    for (const char c : pair.substr(0, assign)) {
      if (base::is_space(c)) continue;
      if (length == sizeof key) break;
      key[length++] = c;
    }
    const std::uint32_t found = pairs.keys.find({key, length});
    if (found == ValueIndex::kNone) continue;
    const Value value = Value::string(base::trim(pair.substr(assign + pairs.assign.size())));
    const Pairs::Range range = pairs.ranges[found];
    for (std::uint32_t i = 0; i < range.count; ++i) emit(pairs.items[range.first + i], value, none);
  }
}

bool Execution::work(const Item& item, const Value& value, std::uint16_t none, Value& out) {
  if (!value.is_list() && is_none(value, none)) return false;
  out = value;
  if (item.capture) {
    if (!out.is_string()) return false;
    const re2::StringPiece whole(out.as_string().data(), out.as_string().size());
    re2::StringPiece groups[2];
    if (!item.capture->regex->Match(whole, 0, whole.size(), RE2::UNANCHORED, groups, 2)) return false;
    if (groups[1].data() == nullptr) return false;
    out = Value::string({groups[1].data(), groups[1].size()});
    if (is_none(out, none)) return false;
  }
  return !item.split.empty() || finish_work(item, out);
}

bool Execution::finish_work(const Item& item, Value& value) {
  for (const Scalar step : item.steps) {
    if (!convert(step, value, writer_.arena(), value)) return false;
  }
  if (!item.map) return true;
  model::TextBuffer buffer;
  const std::uint32_t found = item.map->index.find(model::text_of(value, buffer));
  if (found == ValueIndex::kNone && !item.map->has_default) return false;
  value = found == ValueIndex::kNone ? item.map->fallback : item.map->values[found];
  return true;
}

void Execution::work_list(const Item& item, const Value& value, std::uint16_t none, std::vector<Value>& out) {
  const auto append = [&](const Value& result) {
    for (const Value& element : result.elements()) out.push_back(element);
  };
  Value current;
  if (!work(item, value, none, current)) return;
  if (item.split.empty()) return append(current);
  if (!current.is_string()) {
    if (finish_work(item, current)) append(current);
    return;
  }
  std::string_view rest = current.as_string();
  while (!rest.empty() && out.size() < kMaxListItems) {
    const Cut cut = next_separator(rest, item.split);
    Value one = Value::string(base::trim(rest.substr(0, cut.at)));
    rest.remove_prefix(std::min(rest.size(), cut.at + cut.width));
    if (!is_none(one, none) && finish_work(item, one)) append(one);
  }
}

void Execution::build(const BuildAction& action) {
  if (!writer_.wanted(action.target)) return;
  std::size_t bytes = 0;
  for (const auto& [literal, source] : action.pieces) {
    bytes += literal.size();
    if (source == kNoSlot) continue;
    if (!scratch_.present(source)) return;
    const Value& value = scratch_.values[source];
    if (value.is_list() || is_none(value, 0)) return;
    bytes += value.is_string() ? value.as_string().size() : sizeof(model::TextBuffer);
  }
  char* const start = writer_.arena().allocate(bytes);
  char* to = start;
  for (const auto& [literal, source] : action.pieces) {
    to = std::copy(literal.begin(), literal.end(), to);
    if (source == kNoSlot) continue;
    model::TextBuffer buffer;
    const std::string_view text = model::text_of(scratch_.values[source], buffer);
    to = std::copy(text.begin(), text.end(), to);
  }
  const auto length = static_cast<std::size_t>(to - start);
  writer_.arena().shrink_last(start, length);
  writer_.write_text(action.target, {start, length});
}

std::size_t Execution::related_values(std::size_t kind) const {
  std::size_t count = 0;
  for (const Scratch::Related& related : scratch_.related) {
    if (related.kind == kind) count += related.value.elements().size();
  }
  return count;
}

void Execution::write_related() {
  // Few values: comparing each with each is cheaper than any table, and kMaxRelated bounds it.
  for (std::size_t kind = 1; kind <= program_.related.size(); ++kind) {
    const Target& target = program_.related[kind - 1];
    if (!writer_.wanted(target)) continue;
    const std::size_t room = std::min(kMaxRelated, related_values(kind));
    if (room == 0) continue;
    const std::span<Value> distinct = writer_.arena().allocate_array<Value>(room);
    std::size_t count = 0;
    for (const Scratch::Related& related : scratch_.related) {
      if (related.kind != kind) continue;
      for (const Value& element : related.value.elements()) {
        Value converted;
        if (count == room || is_none(element, 0)) continue;
        if (!to_ecs_type(target.type, element, writer_.arena(), converted)) continue;
        const bool known =
            std::any_of(distinct.begin(), distinct.begin() + static_cast<std::ptrdiff_t>(count),
                        [&](const Value& other) { return same_text(other, converted); });
        if (!known) distinct[count++] = converted;
      }
    }
    if (count > 0) writer_.write_ready(target, Value::list(distinct.first(count)));
  }
}

}  // namespace vedette::normalize
