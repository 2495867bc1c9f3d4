#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "audit/anchor_file.hpp"
#include "audit/audit_chain.hpp"

namespace vedette::api {

namespace {

constexpr std::size_t kMaxFaults = 1'000;
constexpr std::uint32_t kVerifyPage = 1'000;

// Sees the entries in order; memory does not grow with them.
class ChainCheck {
 public:
  ChainCheck(AuditVerdict& verdict, const std::string& anchor_file)
      : verdict_(verdict), anchors_(anchor_file), has_anchors_(!anchor_file.empty()) {
    verdict_.head = audit_origin();
    last_.hash = audit_origin();
    if (has_anchors_) next_anchor();
  }

  // A line of the anchor file, an exported entry or a hash.
  base::Status expect(std::string_view anchor) {
    if (anchor.empty()) return base::ok_status();
    if (auto mark = parse_anchor_line(anchor)) {
      known_ = std::move(*mark);
    } else if (auto entry = parse_audit_entry(anchor)) {
      known_ = AuditMark{entry->time, entry->sequence, entry->hash};
    } else if (anchor.size() == audit_origin().size()) {
      known_ = AuditMark{0, 0, std::string(anchor)};
      by_hash_ = true;
    } else {
      return base::make_error(base::ErrorCode::invalid_argument,
                              "the anchor is neither a line of the anchor file nor an entry nor a hash");
    }
    if (known_->hash == audit_origin()) known_.reset();
    return base::ok_status();
  }

  void entry(const ports::StoredRecord& record) {
    ++verdict_.entries;
    last_id_ = record.id;
    const std::optional<std::uint64_t> place = place_of(record.id);
    if (!place)
      return fault(last_.sequence, fmt::format("a record '{}' was inserted: no entry has such a number",
                                               record.id.substr(0, 64)));
    if (*place > last_.sequence + 1) missing(last_.sequence + 1, *place - 1);
    check_content(record, *place);
  }

  const std::string& last_id() const { return last_id_; }
  bool is_behind(const ports::StoredRecord& head_record) const {
    const auto head = parse_head_document(head_record.document);
    return head && head->sequence > last_.sequence;
  }

  base::Status finish(const ports::RecordStore& records, const std::optional<ports::StoredRecord>& head,
                      std::uint64_t head_records) {
    check_head(head, head_records);
    // Anchors of entries after the last one; they are of entries appended meanwhile if these are there.
    std::optional<AuditMark> told;
    for (; anchor_; next_anchor()) {
      if (!told || anchor_->sequence > told->sequence) told = anchor_;
    }
    if (told) {
      TRY_ASSIGN(const auto newer, records.get(kAuditCollection, audit_record_id(told->sequence)));
      if (!newer) {
        fault(told->sequence,
              fmt::format("the end is missing: the anchor file tells of entry {}, the last one "
                          "is {}",
                          told->sequence, last_.sequence));
      }
    }
    if (has_anchors_ && !anchors_.is_there() && verdict_.entries > 0) {
      fault(0, "the anchor file is missing");
    }
    if (known_) fault(known_->sequence, "the anchor that was given is not in the chain");
    verdict_.head = last_.hash;
    return base::ok_status();
  }

 private:
  void fault(std::uint64_t sequence, std::string what) {
    if (verdict_.faults.size() < kMaxFaults) verdict_.faults.push_back({sequence, std::move(what)});
  }

  void missing(std::uint64_t from, std::uint64_t to) {
    fault(from, from == to ? fmt::format("entry {} is missing", from)
                           : fmt::format("entries {} to {} are missing", from, to));
  }

  static std::optional<std::uint64_t> place_of(const std::string& id) {
    if (id.size() != 20 || id.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    std::uint64_t place = 0;
    for (const char digit : id) {
      if (place > kMaxAuditSequence) return std::nullopt;
      place = place * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    if (place == 0 || place > kMaxAuditSequence) return std::nullopt;
    return place;
  }

  void check_content(const ports::StoredRecord& record, std::uint64_t place) {
    const auto entry = parse_audit_entry(record.document);
    const bool adjacent = place == last_.sequence + 1;
    const std::string before = std::exchange(last_.hash, {});
    last_.sequence = place;
    if (!entry || to_json(*entry) != record.document) {
      last_.hash = entry ? entry->hash : std::string();
      fault(place, fmt::format("entry {} was changed: it is not as entries are written", place));
      return check_anchors();
    }
    last_.hash = entry->hash;
    if (entry->sequence != place) {
      fault(place, fmt::format("in the place of entry {} stands entry {}: they were reordered or copied",
                               place, entry->sequence));
    } else if (entry->hash != audit_digest(canonical_json(*entry))) {
      fault(place, fmt::format("entry {} was changed: it does not fit its hash", place));
    } else if (adjacent && !before.empty() && entry->previous_hash != before) {
      fault(place,
            fmt::format("entry {} does not follow entry {}: one of them was exchanged", place, place - 1));
    } else if (audit_columns(*entry) != record.columns) {
      fault(place, fmt::format("entry {} was changed: its columns are not those of the entry", place));
    } else if (record.version != 1) {
      fault(place, fmt::format("entry {} was written again", place));
    } else if (entry->time < last_.time) {
      fault(place, fmt::format("entry {} is older than the one before", place));
    }
    last_.time = entry->time;
    check_anchors();
  }

  // Those of the entry at hand, and those that were passed over.
  void check_anchors() {
    if (known_ && (by_hash_ || known_->sequence == last_.sequence) && known_->hash == last_.hash)
      known_.reset();
    for (; anchor_ && anchor_->sequence <= last_.sequence; next_anchor()) {
      if (anchor_->sequence == last_.sequence && anchor_->hash != last_.hash) {
        fault(last_.sequence, fmt::format("entry {} is not the one of line {} of the anchor file",
                                          last_.sequence, anchor_line_));
      }
    }
  }

  void next_anchor() {
    const std::uint64_t before = anchor_ ? anchor_->sequence : 0;
    anchor_.reset();
    while (auto line = anchors_.next()) {
      anchor_line_ = line->number;
      if (!line->mark) {
        fault(0, fmt::format("line {} of the anchor file was changed: it is no anchor", line->number));
      } else if (line->mark->sequence < before) {
        fault(line->mark->sequence, fmt::format("line {} of the anchor file is out of order", line->number));
      } else if (line->mark->sequence > 0) {
        anchor_ = std::move(line->mark);
        return;
      }
    }
  }

  void check_head(const std::optional<ports::StoredRecord>& record, std::uint64_t head_records) {
    if (head_records > 1) fault(last_.sequence, "there is more than one head record");
    if (!record) {
      if (verdict_.entries > 0) fault(last_.sequence, "the head record is missing");
      return;
    }
    const auto head = parse_head_document(record->document);
    if (!head) return fault(last_.sequence, "the head record was changed: it cannot be read");
    if (head->sequence > last_.sequence) return missing(last_.sequence + 1, head->sequence);
    if (head->sequence != last_.sequence || head->hash != last_.hash) {
      fault(last_.sequence, fmt::format("the head record was forged: it tells of entry {} with hash {}, the "
                                        "last entry is {} with hash {}",
                                        head->sequence, head->hash, last_.sequence, last_.hash));
    }
  }

  AuditVerdict& verdict_;
  AnchorReader anchors_;
  const bool has_anchors_;
  std::optional<AuditMark> anchor_;  // the next one
  std::uint64_t anchor_line_ = 0;
  std::optional<AuditMark> known_;  // to be found yet
  bool by_hash_ = false;
  std::string last_id_;
  AuditMark last_;  // the entry before; its hash is empty if it could not be read
};

ports::RecordQuery all_of_collection(const char* collection) {
  ports::RecordQuery query;
  query.collection = collection;
  return query;
}

// Those after the last one that was seen.
base::Status read_entries(const ports::RecordStore& records, ChainCheck& check) {
  ports::RecordQuery query = all_of_collection(kAuditCollection);
  query.limit = kVerifyPage;
  if (!check.last_id().empty()) {
    query.tests.push_back({"id", ports::ColumnTest::Op::greater, {check.last_id()}});
  }
  do {
    TRY_ASSIGN(const ports::RecordPage page, records.find(query));
    for (const ports::StoredRecord& record : page.records) check.entry(record);
    query.after = page.next;
  } while (!query.after.empty());
  return base::ok_status();
}

}  // namespace

base::Result<AuditVerdict> verify_audit(const ports::RecordStore& records, std::string_view anchor_file,
                                        std::string_view anchor) {
  AuditVerdict verdict;
  ChainCheck check(verdict, std::string(anchor_file));
  TRY(check.expect(anchor));
  std::optional<ports::StoredRecord> head;
  // Entries may be appended meanwhile, always with the head in one transaction: it is never behind them.
  for (std::uint64_t before = 0;; before = verdict.entries) {
    TRY(read_entries(records, check));
    TRY_ASSIGN(head, records.get(kAuditHeadCollection, kAuditHeadId));
    if (verdict.entries == before || !head || !check.is_behind(*head)) break;
  }
  TRY_ASSIGN(const std::uint64_t heads, records.count(all_of_collection(kAuditHeadCollection)));
  TRY(check.finish(records, head, heads));
  return verdict;
}

}  // namespace vedette::api
