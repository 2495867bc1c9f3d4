#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "audit/anchor_file.hpp"
#include "audit/audit_chain.hpp"

namespace vedette::api {

using base::ErrorCode;
using ports::RecordWrite;
using Versions = std::vector<std::uint64_t>;

namespace {

constexpr std::size_t kGroupWrites = 4'096;  // of appends that are committed together
constexpr std::size_t kGroupBytes = 32u << 20;
constexpr std::uint64_t kAnchorEntries = 100;
constexpr base::TimeNs kAnchorTime = 60 * base::kNsPerSecond;

// What one thread waits for.
struct Waiting {
  std::span<const RecordWrite> changes;
  std::span<const AuditEntry> entries;
  std::optional<base::Result<Versions>> result;

  std::size_t writes() const { return changes.size() + entries.size(); }
  std::size_t bytes() const {
    std::size_t total = 0;
    for (const RecordWrite& change : changes) total += change.document.size();
    return total;
  }
};

class ChainLog final : public AuditLog {
 public:
  ChainLog(ports::RecordStore& records, std::string anchor_file, std::function<base::TimeNs()> now)
      : records_(records), anchors_(std::move(anchor_file)), now_(std::move(now)) {}

  ~ChainLog() override { static_cast<void>(drop_anchor(0, 0)); }

  base::Status start() {
    if (!anchors_.path().empty()) TRY(anchors_.open());
    TRY_ASSIGN(const std::string fault, find_end());
    if (!anchors_.path().empty() && head_.sequence == 0 && fault.empty() && !last_anchor(anchors_.path())) {
      TRY(anchors_.append({now_(), 0, audit_origin()}));
    }
    if (fault.empty()) return drop_anchor(0, 0);
    AuditEntry entry;
    entry.actor_kind = "system";
    entry.action = "audit.fault";
    entry.outcome = "failure";
    entry.reason = fault;
    return append(entry);
  }

  base::Result<Versions> apply(std::span<const RecordWrite> changes,
                               std::span<const AuditEntry> entries) override {
    for (const RecordWrite& change : changes) {
      if (change.collection != kAuditCollection && change.collection != kAuditHeadCollection) continue;
      return base::make_error(ErrorCode::invalid_argument, "only the audit log writes to its collections");
    }
    if (changes.empty() && entries.empty()) return Versions();
    Waiting own{changes, entries, std::nullopt};
    std::unique_lock lock(mutex_);
    queue_.push_back(&own);
    while (!own.result) {
      if (busy_) {
        changed_.wait(lock);
        continue;
      }
      busy_ = true;
      const std::vector<Waiting*> group = take_group();
      lock.unlock();
      std::vector<base::Result<Versions>> results = commit(group);
      lock.lock();
      for (std::size_t i = 0; i < group.size(); ++i) group[i]->result = std::move(results[i]);
      busy_ = false;
      changed_.notify_all();
    }
    return std::move(*own.result);
  }

  std::string head() const override {
    const std::lock_guard lock(head_mutex_);
    return head_.hash;
  }
  std::string anchor_file() const override { return anchors_.path(); }

 private:
  // Takes the end of the chain from the newest entry, the head record and the anchors. A sentence if they do
  // not fit; then the chain goes on after the highest number that any of them tells.
  base::Result<std::string> find_end() {
    ports::RecordQuery query;
    query.collection = kAuditCollection;
    query.descending = true;
    query.limit = 1;
    TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
    head_ = {0, 0, audit_origin()};
    std::string fault;
    if (!page.records.empty()) fault = take_newest(page.records[0]);
    TRY_ASSIGN(const auto record, records_.get(kAuditHeadCollection, kAuditHeadId));
    std::optional<AuditMark> kept;
    if (record) {
      if (auto parsed = parse_head_document(record->document)) kept = std::move(*parsed);
    }
    if (!kept && (record || head_.sequence > 0)) {
      fault += "The head record is missing or damaged. ";
    }
    if (kept) fault += compare_end("head record", *kept);
    if (!anchors_.path().empty()) {
      const auto anchored = last_anchor(anchors_.path());
      if (anchored && anchored->sequence >= head_.sequence) fault += compare_end("anchor file", *anchored);
    }
    return fault;
  }

  std::string take_newest(const ports::StoredRecord& record) {
    const auto entry = parse_audit_entry(record.document);
    const bool fits = entry && audit_record_id(entry->sequence) == record.id &&
                      entry->hash == audit_digest(canonical_json(*entry));
    if (entry && entry->sequence <= kMaxAuditSequence) {
      head_ = {entry->time, entry->sequence, entry->hash};
    } else {
      head_.hash = audit_digest(record.document);
    }
    return fits ? "" : fmt::format("The newest entry ({}) does not fit its hash. ", record.id);
  }

  std::string compare_end(const char* source, const AuditMark& mark) {
    if (mark.sequence == head_.sequence && mark.hash == head_.hash) return {};
    std::string fault =
        fmt::format("The {} tells of entry {} with hash {}, but the newest entry is {} with hash {}. ",
                    source, mark.sequence, mark.hash, head_.sequence, head_.hash);
    if (mark.sequence > head_.sequence) head_ = mark;
    return fault;
  }

  // At least one; with mutex_.
  std::vector<Waiting*> take_group() {
    std::vector<Waiting*> group;
    std::size_t writes = 0, bytes = 0;
    while (!queue_.empty()) {
      writes += queue_.front()->writes();
      bytes += queue_.front()->bytes();
      if (!group.empty() && (writes > kGroupWrites || bytes > kGroupBytes)) break;
      group.push_back(queue_.front());
      queue_.pop_front();
    }
    return group;
  }

  // Parallel to the group.
  std::vector<base::Result<Versions>> commit(std::span<Waiting* const> group) {
    std::vector<base::Result<Versions>> results;
    auto versions = write(group);
    if (versions) {
      auto first = versions->begin();
      for (const Waiting* one : group) {
        const auto end = first + static_cast<std::ptrdiff_t>(one->changes.size());
        results.emplace_back(Versions(first, end));
        first = end;
      }
    } else if (group.size() == 1) {
      results.push_back(std::move(versions));
    } else {
      for (Waiting* const one : group) results.push_back(write({&one, 1}));
    }
    static_cast<void>(drop_anchor(kAnchorEntries, kAnchorTime));
    return results;
  }

  // One transaction. The versions of all changes, in the order of the group.
  base::Result<Versions> write(std::span<Waiting* const> group) {
    std::vector<RecordWrite> writes;
    for (const Waiting* one : group) writes.insert(writes.end(), one->changes.begin(), one->changes.end());
    const std::size_t changes = writes.size();
    AuditMark end = head_;
    for (const Waiting* one : group) {
      for (const AuditEntry& entry : one->entries) writes.push_back(chained(entry, end));
    }
    if (writes.size() > changes) {
      RecordWrite head;
      head.collection = kAuditHeadCollection;
      head.id = kAuditHeadId;
      head.document = head_document(end);
      writes.push_back(std::move(head));
    }
    TRY_ASSIGN(Versions versions, records_.apply(writes));
    versions.resize(changes);
    const std::lock_guard lock(head_mutex_);
    head_ = std::move(end);
    return versions;
  }

  RecordWrite chained(const AuditEntry& asked, AuditMark& end) const {
    AuditEntry entry = bounded_entry(asked);
    entry.sequence = end.sequence + 1;
    entry.time = std::max(now_(), end.time);
    entry.previous_hash = end.hash;
    entry.hash = audit_digest(canonical_json(entry));
    end = {entry.time, entry.sequence, entry.hash};
    return audit_write(entry);
  }

  // If there are so many entries since the last one or it is so old. What fails is made good by the next.
  base::Status drop_anchor(std::uint64_t entries, base::TimeNs age) {
    if (anchors_.path().empty() || head_.sequence == 0) return base::ok_status();
    if (anchored_) {
      const std::uint64_t newer = head_.sequence - *anchored_;
      if (newer == 0 || (newer < entries && head_.time - anchored_at_ < age)) return base::ok_status();
    }
    TRY(anchors_.append(head_));
    anchored_ = head_.sequence;
    anchored_at_ = head_.time;
    return base::ok_status();
  }

  ports::RecordStore& records_;
  AnchorFile anchors_;
  const std::function<base::TimeNs()> now_;

  std::mutex mutex_;  // guards queue_ and busy_
  std::condition_variable changed_;
  std::deque<Waiting*> queue_;
  bool busy_ = false;  // a thread commits: it alone uses what follows and anchors_

  mutable std::mutex head_mutex_;  // guards changes of head_
  AuditMark head_;
  std::optional<std::uint64_t> anchored_;  // by this process
  base::TimeNs anchored_at_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<AuditLog>> AuditLog::open(ports::RecordStore& records, std::string anchor_file,
                                                       std::function<base::TimeNs()> now) {
  auto log = std::make_unique<ChainLog>(records, std::move(anchor_file), std::move(now));
  TRY(log->start());
  return std::unique_ptr<AuditLog>(std::move(log));
}

base::Status AuditLog::append(const AuditEntry& entry) {
  TRY_ASSIGN(const auto versions, apply({}, {&entry, 1}));
  return base::ok_status();
}

}  // namespace vedette::api
