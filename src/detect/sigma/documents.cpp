#include "sigma/documents.hpp"

#include <algorithm>

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;

constexpr std::size_t kMaxMergedNodes = 1'000'000;  // in one file

std::size_t count_nodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& item : node.items) count += count_nodes(item);
  for (const auto& [key, value] : node.entries) count += count_nodes(key) + count_nodes(value);
  return count;
}

// Puts the entries of `from` that `into` lacks into it; maps under one key are merged likewise.
void fill_in(YamlNode& into, const YamlNode& from) {
  for (const auto& entry : from.entries) {
    const auto same = std::find_if(into.entries.begin(), into.entries.end(), [&](const auto& candidate) {
      return candidate.first.scalar == entry.first.scalar;
    });
    if (same == into.entries.end()) {
      into.entries.push_back(entry);
    } else if (same->second.is_mapping() && entry.second.is_mapping()) {
      fill_in(same->second, entry.second);
    }
  }
}

void remove_action(YamlNode& document) {
  std::erase_if(document.entries, [](const auto& entry) { return entry.first.scalar == "action"; });
}

}  // namespace

ActionMerger::Outcome ActionMerger::merge(YamlNode& document, Reporter& report) {
  const YamlNode* action_node = document.find("action");
  if (action_node == nullptr) {
    if (!used_) return Outcome::document;
    if (!spend(global_nodes_, document.span, report)) return Outcome::refused;
    fill_in(document, global_);
    previous_nodes_ = count_nodes(document);
    if (!spend(previous_nodes_, document.span, report)) return Outcome::refused;
    previous_ = document;
    return Outcome::document;
  }
  const std::string action = action_node->scalar;
  const base::SourceSpan at = action_node->span;
  used_ = true;
  remove_action(document);
  if (action == "global") {
    global_ = std::move(document);
    global_nodes_ = count_nodes(global_);
    return Outcome::consumed;
  }
  if (action == "reset") {
    global_ = YamlNode{};
    global_nodes_ = 0;
    return Outcome::consumed;
  }
  if (action == "repeat") {
    if (!previous_.is_mapping()) {
      report.error(at, "unsupported-action", "there is no document before this one to repeat");
      return Outcome::refused;
    }
    if (!spend(2 * previous_nodes_, at, report)) return Outcome::refused;
    fill_in(document, previous_);
    previous_ = document;
    previous_nodes_ = count_nodes(document);
    return Outcome::document;
  }
  report.error(at, "unsupported-action", "the action \"" + action + "\" is not supported",
               "the actions are global, repeat and reset");
  return Outcome::refused;
}

bool ActionMerger::spend(std::size_t nodes, base::SourceSpan at, Reporter& report) {
  spent_ += nodes;
  if (spent_ <= kMaxMergedNodes) return true;
  report.error(at, "rule-too-large", "the actions of this file multiply its documents beyond 1000000 nodes");
  return false;
}

}  // namespace vedette::detect::sigma
