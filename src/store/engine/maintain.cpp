// Retention, merges, verification.
#include <algorithm>

#include <fmt/format.h>

#include "engine.hpp"

namespace vedette::store {
namespace {

using GroupName = std::pair<std::string, std::string>;  // day, dataset

std::map<GroupName, PartSet> groups_of(const PartSet& parts) {
  std::map<GroupName, PartSet> groups;
  for (const PartPtr& part : parts) {
    groups[{part->entry.name.day, part->entry.name.dataset}].push_back(part);
  }
  return groups;
}

// From when on the rows of the part count as old: the end of their day. Events that say they are of the
// future, or have no time, count from when they were sealed.
base::TimeNs age_begins(const PartEntry& part) {
  const auto day = parse_day(part.name.day);
  if (!day || *day == 0 || *day >= day_number(INT64_MAX) || *day < -200 * 366) return part.sealed_at;
  return std::min((*day + 1) * kNsPerDay, part.sealed_at + kNsPerDay);
}

base::TimeNs age_bound(const Retention& retention, const std::string& dataset) {
  for (const auto& [name, age] : retention.max_age_of) {
    if (dataset_folder(name) == dataset) return age;
  }
  return retention.max_age;
}

}  // namespace

base::Result<bool> StoreEngine::maintain(const base::CancellationToken& cancellation) {
  TRY(check_writable());
  std::lock_guard work(work_mutex_);
  TRY(apply_retention());
  return merge_some(false, cancellation);
}

base::Status StoreEngine::compact(const base::CancellationToken& cancellation) {
  TRY(check_writable());
  std::lock_guard work(work_mutex_);
  for (;;) {
    TRY_ASSIGN(const bool more, merge_some(true, cancellation));
    if (!more) return base::ok_status();
  }
}

// Merges at most one set of parts.
base::Result<bool> StoreEngine::merge_some(bool compact, const base::CancellationToken& cancellation) {
  const auto all = parts();
  const base::TimeNs time = now();
  for (const auto& [name, group] : groups_of(*all)) {
    const auto day = parse_day(name.first);
    const bool over = !day || *day < day_number(time);
    base::TimeNs newest = 0;
    for (const PartPtr& part : group) newest = std::max(newest, part->entry.sealed_at);
    const bool quiet = over && time - newest >= tuning_.quiet;
    const PartSet inputs = choose_merge(group, tuning_.merge, quiet, compact);
    if (!inputs.empty()) return merge_inputs(inputs, cancellation);
  }
  return false;
}

base::Result<bool> StoreEngine::merge_inputs(const PartSet& inputs,
                                             const base::CancellationToken& cancellation) {
  std::uint64_t bytes = 0;
  Change change;
  for (const PartPtr& part : inputs) {
    bytes += part->entry.summary.bytes;
    change.remove.insert(part->entry.name.number);
  }
  TRY(check_space(bytes));
  PartFiles out(files_, options_.folder, [this] { return take_number(); });
  PartOptions options;
  options.block_rows = options_.block_rows;
  const base::Status merged = merge_parts(inputs, tuning_.merge, options, {}, cancellation, out);
  if (!merged.ok() && merged.error().code == base::ErrorCode::corrupt) {
    TRY(put_aside_damaged(inputs, cancellation));
    return true;
  }
  TRY(merged);
  TRY(out.sync_folders());
  change.add = out.parts();
  TRY(commit(std::move(change), &out));
  return true;
}

// Of parts that could not be merged those that are damaged.
base::Status StoreEngine::put_aside_damaged(const PartSet& parts,
                                            const base::CancellationToken& cancellation) {
  Change change;
  PartSet damaged;
  std::vector<std::string> reasons;
  for (const PartPtr& part : parts) {
    const base::Status sound = part->reader->verify(cancellation);
    if (sound.ok()) continue;
    if (sound.error().code != base::ErrorCode::corrupt) return sound;
    change.remove.insert(part->entry.name.number);
    damaged.push_back(part);
    reasons.push_back(sound.error().message);
  }
  if (damaged.empty()) return base::make_error(base::ErrorCode::corrupt, "parts could not be merged");
  for (std::size_t i = 0; i < damaged.size(); ++i) put_aside(damaged[i]->entry.name, reasons[i]);
  return commit(std::move(change), nullptr);
}

base::Result<bool> StoreEngine::is_pinned(const Part& part) {
  const PartSummary& summary = part.entry.summary;
  const auto pinned = pins_.in_range(summary.min_sequence, summary.max_sequence);
  if (pinned.empty()) return false;
  bool found = false;
  TRY(for_each_sequence(*part.reader, [&](std::uint64_t sequence) {
    found = found || std::binary_search(pinned.begin(), pinned.end(), sequence);
  }));
  return found;
}

StoreEngine::Expired StoreEngine::expired(const Retention& retention) {
  PartSet parts_by_age = *parts();
  std::stable_sort(parts_by_age.begin(), parts_by_age.end(), [](const PartPtr& a, const PartPtr& b) {
    return age_begins(a->entry) < age_begins(b->entry);
  });
  Expired found;
  for (const PartPtr& part : parts_by_age) found.bytes_left += part->entry.summary.bytes;
  const base::TimeNs time = now();
  for (const PartPtr& part : parts_by_age) {
    const base::TimeNs bound = age_bound(retention, part->entry.name.dataset);
    const bool too_old = bound > 0 && time - age_begins(part->entry) >= bound;
    const bool too_much = retention.max_bytes > 0 && found.bytes_left > retention.max_bytes;
    if (!too_old && !too_much) continue;
    // A part that cannot be read might be pinned.
    const auto keeps = is_pinned(*part);
    if (!keeps.ok() || *keeps) {
      ++found.pinned;
      continue;
    }
    found.bytes_left -= part->entry.summary.bytes;
    found.parts.push_back(part);
  }
  return found;
}

base::Status StoreEngine::drop(const PartSet& parts) {
  Change change;
  for (const PartPtr& part : parts) change.remove.insert(part->entry.name.number);
  return commit(std::move(change), nullptr);
}

base::Status StoreEngine::apply_retention() {
  const Expired found = expired({options_.max_age, options_.max_bytes, options_.max_age_of});
  const bool above = options_.max_bytes > 0 && found.bytes_left > options_.max_bytes;
  if (above && found.pinned > 0 && !pins_warned_) {
    report(fmt::format("{} parts that are pinned keep the store at {} MB, above its bound of {} MB",
                       found.pinned, found.bytes_left >> 20, options_.max_bytes >> 20));
  }
  pins_warned_ = above;
  if (found.parts.empty()) return base::ok_status();
  TRY(drop(found.parts));
  report(fmt::format("retention dropped {} parts", found.parts.size()));
  return base::ok_status();
}

base::Result<Store::Retained> StoreEngine::retain(const Retention& retention, bool dry_run) {
  TRY(check_writable());
  std::lock_guard work(work_mutex_);
  const Expired found = expired(retention);
  if (!dry_run && !found.parts.empty()) TRY(drop(found.parts));
  return Retained{use_of(found.parts), found.pinned, found.bytes_left};
}

base::Result<std::vector<std::string>> StoreEngine::verify(bool repair,
                                                           const base::CancellationToken& cancellation) {
  if (repair) TRY(check_writable());
  std::lock_guard work(work_mutex_);
  std::vector<std::string> damaged;
  PartSet aside;
  const auto all = parts();
  for (const PartPtr& part : *all) {
    // Opened again: the file may be another one by now than the one that is open.
    const auto opened = open_part(files_, options_.folder, part->entry);
    const base::Status sound =
        opened.ok() ? (*opened)->reader->verify(cancellation) : base::Status(opened.error());
    if (sound.ok()) continue;
    if (sound.error().code == base::ErrorCode::cancelled) return sound.error();
    if (options_.read_only && sound.error().code == base::ErrorCode::not_found) continue;  // merged meanwhile
    damaged.push_back(fmt::format("{}: {}", part->entry.name.path(), sound.error().message));
    aside.push_back(part);
  }
  if (!repair || aside.empty()) return damaged;
  Change change;
  for (std::size_t i = 0; i < aside.size(); ++i) {
    put_aside(aside[i]->entry.name, damaged[i]);
    change.remove.insert(aside[i]->entry.name.number);
  }
  TRY(commit(std::move(change), nullptr));
  return damaged;
}

}  // namespace vedette::store
