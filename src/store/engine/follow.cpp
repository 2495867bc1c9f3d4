// A store that is open for reading, beside a process that may be writing.
#include <algorithm>

#include <fmt/format.h>

#include "engine.hpp"

namespace vedette::store {
namespace {

constexpr int kReadTries = 20;  // a writer may drop parts between the manifest and their opening

bool is_absent(const base::Error& error) {
  return error.code == base::ErrorCode::not_found;
}

}  // namespace

base::Status StoreEngine::refresh() {
  if (!options_.read_only) return base::ok_status();
  std::lock_guard commit_lock(commit_mutex_);
  for (int attempt = 0;; ++attempt) {
    auto bytes = read_manifest_file(files_, at("manifest"));
    if (!bytes.ok() && is_absent(bytes.error())) return base::ok_status();  // nothing was sealed yet
    if (!bytes.ok()) return bytes.error();
    if (*bytes == manifest_bytes_) return base::ok_status();
    const auto manifest = decode_manifest(*bytes);
    if (!manifest.ok() && manifest.error().code == base::ErrorCode::unsupported) return manifest.error();
    if (!manifest.ok()) {
      report(manifest.error().message + "; what is read are the parts that are there");
      TRY(show_found());
      manifest_bytes_ = std::move(bytes).value();
      return base::ok_status();
    }
    std::vector<std::pair<PartName, std::string>> unread;
    TRY_ASSIGN(PartSet next, open_anew(*manifest, unread));
    if (!unread.empty() && attempt < kReadTries) {
      const auto again = read_manifest_file(files_, at("manifest"));
      if (again.ok() && *again != *bytes) continue;
    }
    {
      std::lock_guard lock(state_mutex_);
      quarantined_.clear();
    }
    for (const auto& [name, why] : unread) put_aside(name, why);
    bool changed = false;
    SequenceSet held = sequences_from(manifest->sealed_to, next, changed);
    list_quarantine();
    show(std::move(next), manifest->sealed_to, std::move(held));
    manifest_bytes_ = std::move(bytes).value();
    return base::ok_status();
  }
}

// The parts of the manifest: those that are open already, the others opened.
base::Result<PartSet> StoreEngine::open_anew(const Manifest& manifest,
                                             std::vector<std::pair<PartName, std::string>>& unread) {
  std::map<std::string, PartPtr> open;
  const auto before = parts();
  for (const PartPtr& part : *before) open[part->entry.name.path()] = part;
  PartSet next;
  for (const PartEntry& entry : manifest.parts) {
    const auto known = open.find(entry.name.path());
    auto part = known != open.end() && known->second->entry.sealed_at == entry.sealed_at &&
                        known->second->entry.summary.bytes == entry.summary.bytes
                    ? base::Result<PartPtr>(known->second)
                    : open_part(files_, options_.folder, entry);
    if (part.ok()) {
      next.push_back(std::move(part).value());
    } else {
      TRY(fail_if_not_damage(part.error()));
      unread.emplace_back(entry.name, part.error().message);
    }
  }
  return next;
}

// With a manifest that cannot be read: every part that is there, but those of which others hold all events.
// Where `manifest.old` ends, the log is read again, without the events that parts hold.
base::Status StoreEngine::show_found() {
  const auto bytes = read_manifest_file(files_, at("manifest.old"));
  const auto old = bytes.ok() ? decode_manifest(*bytes) : base::Result<Manifest>(bytes.error());
  const std::uint64_t sealed_to = old.ok() ? old->sealed_to : 0;
  {
    std::lock_guard lock(state_mutex_);
    quarantined_.clear();
  }
  PartSet parts;
  SequenceSet held, held_from;
  for (PartEntry& entry : found_parts()) {
    auto part = open_found(std::move(entry));
    if (!part.ok()) return part.error();
    if (!*part) continue;
    std::vector<std::uint64_t> sequences;
    std::size_t doubled = 0;
    const base::Status read = for_each_sequence(*(*part)->reader, [&](std::uint64_t sequence) {
      sequences.push_back(sequence);
      doubled += held.contains(sequence);
    });
    if (!read.ok() || (doubled > 0 && doubled < sequences.size())) {
      put_aside((*part)->entry.name,
                read.ok() ? "other parts hold some of its events" : read.error().message);
      continue;
    }
    if (doubled > 0) continue;
    for (const std::uint64_t sequence : sequences) {
      held.insert(sequence);
      if (sequence >= sealed_to) held_from.insert(sequence);
    }
    parts.push_back(std::move(part).value());
  }
  list_quarantine();
  show(std::move(parts), sealed_to, std::move(held_from));
  return base::ok_status();
}

// Shows the parts, and of the unsealed rows those that are not in them.
void StoreEngine::show(PartSet parts, std::uint64_t sealed_to, SequenceSet held) {
  std::lock_guard lock(state_mutex_);
  parts_ = std::make_shared<const PartSet>(std::move(parts));
  sealed_to_ = std::max(sealed_to_, sealed_to);
  next_sequence_ = std::max(next_sequence_, sealed_to_);
  held_ = std::move(held);
  const auto chunks = memory_.chunks();
  memory_.clear();
  for (const auto& chunk : chunks) {
    for (const auto& batch : chunk->batches()) {
      std::vector<bool> keep(batch->size());
      for (std::size_t row = 0; row < batch->size(); ++row) {
        const std::uint64_t sequence = (*batch)[row].sequence();
        keep[row] = sequence >= sealed_to_ && !held_.contains(sequence);
      }
      const bool all = std::find(keep.begin(), keep.end(), false) == keep.end();
      const auto rest = all ? batch : select_rows(batch, keep);
      if (rest) memory_.add(rest, bytes_of(*rest));
    }
  }
}

}  // namespace vedette::store
