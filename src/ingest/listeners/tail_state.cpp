#include "listeners/tail_state.hpp"

#include <algorithm>

#include <simdjson.h>

#include "vedette/base/file_system.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/json_writer.hpp"

namespace vedette::ingest {

TailMark mark_at(std::uint64_t offset, std::string_view bytes_before) {
  const std::string_view tail =
      bytes_before.substr(bytes_before.size() - std::min(bytes_before.size(), kTailBytes));
  return {offset, static_cast<std::uint32_t>(tail.size()), base::hash64(tail), false};
}

bool head_matches(const TailState& state, std::string_view head) {
  if (state.head_size == 0) return true;
  return head.size() >= state.head_size && base::hash64(head.substr(0, state.head_size)) == state.head_hash;
}

std::string tail_record_id(const TailState& state, std::uint64_t offset, std::string_view text) {
  std::string key =
      "file\n" + state.identity + "\n" + std::to_string(offset) + "\n" + base::hash128_hex(text);
  if (state.shared_until != 0 && offset >= state.shared_until) {
    key += "\n" + std::to_string(state.device) + "\n" + std::to_string(state.inode);
  }
  return base::hash128_hex(key);
}

namespace {

base::Error corrupt_states() {
  return base::make_error(base::ErrorCode::corrupt, "the checkpoints of tailed files cannot be read");
}

std::uint64_t state_number(const simdjson::dom::object& object, std::string_view key) {
  std::uint64_t value = 0;
  if (object[key].get(value) != simdjson::SUCCESS) return 0;
  return value;
}

std::string state_text(const simdjson::dom::object& object, std::string_view key) {
  std::string_view value;
  if (object[key].get(value) != simdjson::SUCCESS) return {};
  return std::string(value);
}

base::Result<std::vector<TailState>> parse_states(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::array files;
  if (parser.parse(text)["files"].get(files) != simdjson::SUCCESS) return corrupt_states();
  std::vector<TailState> states;
  for (const auto item : files) {
    simdjson::dom::object object;
    if (item.get(object) != simdjson::SUCCESS) return corrupt_states();
    TailState& state = states.emplace_back();
    state.identity = state_text(object, "identity");
    state.path = state_text(object, "path");
    state.last_path = state_text(object, "last_path");
    state.device = state_number(object, "device");
    state.inode = state_number(object, "inode");
    state.head_size =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(state_number(object, "head_size"), kHeadBytes));
    state.head_hash = state_number(object, "head_hash");
    state.mark.offset = state_number(object, "offset");
    state.mark.tail_size =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(state_number(object, "tail_size"), kTailBytes));
    state.mark.tail_hash = state_number(object, "tail_hash");
    state.mark.whole = state_number(object, "whole") != 0;
    state.kind = static_cast<TailKind>(std::min<std::uint64_t>(state_number(object, "kind"), 2));
    state.shared_until = state_number(object, "shared_until");
    state.seen = static_cast<std::int64_t>(state_number(object, "seen"));
    if (state.identity.empty() || state.mark.tail_size > state.mark.offset) return corrupt_states();
  }
  return states;
}

}  // namespace

base::Result<std::vector<TailState>> TailStates::load() {
  constexpr std::size_t kMostBytes = std::size_t{256} << 20;
  auto& files = base::posix_file_system();
  if (!files.exists(path())) return std::vector<TailState>{};
  TRY_ASSIGN(const auto text, files.read_all(path(), kMostBytes));
  auto states = parse_states(text);
  if (!states.ok()) TRY(files.rename(path(), path() + ".corrupt"));
  return states;
}

base::Status TailStates::save(const std::vector<const TailState*>& states) {
  std::string text;
  base::JsonWriter writer(text);
  writer.begin_object().key("version").number(1).key("files").begin_array();
  for (const TailState* state : states) {
    writer.begin_object()
        .field("identity", state->identity)
        .field("path", state->path)
        .field("last_path", state->last_path);
    writer.key("device").number(state->device).key("inode").number(state->inode);
    writer.key("head_size").number(state->head_size).key("head_hash").number(state->head_hash);
    writer.key("offset").number(state->mark.offset);
    writer.key("tail_size").number(state->mark.tail_size).key("tail_hash").number(state->mark.tail_hash);
    writer.key("kind").number(static_cast<unsigned>(state->kind));
    writer.key("shared_until").number(state->shared_until);
    writer.key("whole").number(state->mark.whole ? 1u : 0u).key("seen").number(state->seen).end_object();
  }
  writer.end_array().end_object();
  text += '\n';
  auto& files = base::posix_file_system();
  TRY(files.make_folders(folder_));
  return files.replace(path(), text);
}

std::uint64_t AckLedger::hand_over(std::uint64_t file, const TailMark& mark) {
  const std::lock_guard lock(mutex_);
  open_[file].push_back({++last_, mark, false});
  return last_;
}

void AckLedger::acknowledged(std::uint64_t file, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(file);
  if (found == open_.end()) return;
  auto& tickets = found->second;
  const auto place = std::lower_bound(tickets.begin(), tickets.end(), ticket,
                                      [](const Ticket& a, std::uint64_t b) { return a.number < b; });
  if (place == tickets.end() || place->number != ticket) return;
  place->done = true;
  while (!tickets.empty() && tickets.front().done) {
    moved_[file] = tickets.front().mark;
    tickets.pop_front();
  }
  if (tickets.empty()) open_.erase(found);
}

std::map<std::uint64_t, TailMark> AckLedger::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(moved_, {});
}

std::size_t AckLedger::open(std::uint64_t file) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(file);
  return found == open_.end() ? 0 : found->second.size();
}

}  // namespace vedette::ingest
