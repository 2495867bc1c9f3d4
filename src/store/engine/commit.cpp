// How the store goes from one set of parts to the next.
#include <algorithm>

#include <fmt/format.h>

#include "engine.hpp"

namespace vedette::store {

base::Status StoreEngine::commit(Change change, PartFiles* new_files) {
  std::lock_guard commit_lock(commit_mutex_);
  auto next = std::make_shared<PartSet>();
  PartSet removed;
  Manifest manifest;
  {
    std::lock_guard lock(state_mutex_);
    for (const PartPtr& part : *parts_) {
      (change.remove.contains(part->entry.name.number) ? removed : *next).push_back(part);
    }
    manifest.sealed_to = std::max(sealed_to_, change.sealed_to);
    manifest.next_part = next_part_;
  }
  if (removed.size() != change.remove.size()) {
    return base::make_error(base::ErrorCode::not_found, "a part was dropped meanwhile");
  }
  next->insert(next->end(), change.add.begin(), change.add.end());
  std::sort(next->begin(), next->end(),
            [](const PartPtr& a, const PartPtr& b) { return a->entry.name.number < b->entry.name.number; });
  for (const PartPtr& part : *next) manifest.parts.push_back(part->entry);
  TRY(write_manifest(encode_manifest(manifest), new_files));
  {
    std::lock_guard lock(state_mutex_);
    parts_ = next;
    sealed_to_ = manifest.sealed_to;
    next_sequence_ = std::max(next_sequence_, sealed_to_);
    if (change.clears_memory) memory_.clear();
  }
  remove_files(removed);
  return base::ok_status();
}

base::Status StoreEngine::write_manifest(const std::string& bytes, PartFiles* new_files) {
  const std::string path = at("manifest");
  if (!manifest_bytes_.empty()) TRY(files_.replace(at("manifest.old"), manifest_bytes_));
  const base::Status written = files_.replace(path, bytes);
  if (written.ok()) {
    manifest_bytes_ = bytes;
    if (new_files) new_files->keep();
    return written;
  }
  // If the new manifest is in place (and its folder could not be synced), its files may go only once the
  // manifest of before is durable again.
  const auto present = files_.read_all(path, kMaxManifestBytes);
  const bool unchanged =
      manifest_bytes_.empty() ? !files_.exists(path) : present.ok() && *present == manifest_bytes_;
  const auto put_back = [&] {
    return !manifest_bytes_.empty() && files_.replace(path, manifest_bytes_).ok();
  };
  if (!unchanged && !put_back() && new_files) new_files->keep();
  return written;
}

void StoreEngine::remove_files(const PartSet& parts) {
  for (const PartPtr& part : parts) removals_.push_back(part->entry.name.path());
  remove_deferred();
}

// A file that cannot be removed goes at the next open.
void StoreEngine::remove_deferred() {
  if (removals_held_ > 0) return;
  for (const std::string& path : removals_) {
    static_cast<void>(files_.remove(at(path)));
  }
  removals_.clear();
}

}  // namespace vedette::store
