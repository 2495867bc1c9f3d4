// The Linux audit log. The records of one event (same node, time and serial number) are joined.
#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "formats/auditd_event.hpp"
#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using auditd::Record;

constexpr std::size_t kMaxHeld = 4096;
constexpr std::size_t kMaxHeldBytes = 64 << 20;
constexpr std::size_t kMaxEventBytes = 1 << 20;
constexpr std::size_t kMaxEventRecords = 4096;
constexpr std::size_t kSpares = 64;
constexpr std::uint64_t kSerialDistance = 64;
constexpr base::TimeNs kTimeDistance = 2 * base::kNsPerSecond;

bool split_line(std::string_view line, const ParseContext& context, Record& out) {
  if (line.starts_with("type=") || line.starts_with("node=") || line.starts_with("audit: type=")) {
    return auditd::split_record(line, out);
  }
  return line.substr(0, 512).find("audit(") != line.npos && auditd::split_syslog_record(line, context, out);
}

// Types of which an event has just one record: what programs send, and what the audit daemon says itself.
bool stands_alone(std::string_view type) {
  return type.starts_with("USER_") || type.starts_with("CRED_") || type.starts_with("SERVICE_") ||
         type.starts_with("DAEMON_") || type.starts_with("CRYPTO_") || type.starts_with("SYSTEM_") ||
         type.starts_with("VIRT_") || type.starts_with("ADD_") || type.starts_with("DEL_") ||
         type.starts_with("GRP_") || type.starts_with("ACCT_") || type.starts_with("ANOM_LOGIN") ||
         type == "SOFTWARE_UPDATE" || type == "KERNEL";
}

// The last record of an event that has several.
bool ends_event(std::string_view type) {
  return type == "PROCTITLE" || type == "EOE";
}

class AuditdParser final : public FormatParser {
 public:
  explicit AuditdParser(const ParseContext& context)
      : context_(context), joins_(context.payloads != nullptr) {}

  Outcome parse(std::string_view line, Row& row) override {
    Record record;
    if (!split_line(line, context_, record)) {
      if (!line.starts_with("type=") || line.find("audit(") == line.npos) return Outcome::not_mine;
      if (!row.builder().find_open(field::event_original)) row.ref(field::event_original, line);
      row.dataset("auditd", "auditd.log");
      row.fail("audit log: the record has no valid type, time and serial number");
      return Outcome::parsed;
    }
    if (!joins_ || stands_alone(record.type)) {
      if (!row.builder().find_open(field::event_original)) row.ref(field::event_original, line);
      writer_.write({&record, 1}, row);
      return Outcome::parsed;
    }
    Held* held = find(record);
    if (!held) {
      if (record.type == "EOE") return Outcome::skipped;  // its event is complete already
      age(record);
      held = &open(record, row.builder().position());
    }
    held->text.append(line).push_back('\n');
    held->ends.push_back(held->text.size());
    held_bytes_ += line.size() + 1;
    const bool full = held->text.size() > kMaxEventBytes || held->ends.size() >= kMaxEventRecords;
    if (!full && !ends_event(record.type)) return Outcome::held;
    write(*held, row);
    close(*held);
    return Outcome::parsed;
  }

  bool take_held(Row& row, bool at_end) override {
    while (!order_.empty() && !order_.front()->open) retire_front();
    if (order_.empty() || !(at_end || order_.front()->due)) return false;
    Held& held = *order_.front();
    write(held, row);
    close(held);
    return true;
  }

 private:
  struct Held {
    std::string text;               // its lines, each with a line end
    std::vector<std::size_t> ends;  // of the lines in `text`
    std::string node;
    std::uint64_t key = 0, serial = 0, position = 0;
    base::TimeNs time = 0;
    bool open = false;
    bool due = false;  // to be released
  };

  static std::uint64_t key_of(const Record& record) {
    const std::uint64_t stamp[2] = {record.serial, static_cast<std::uint64_t>(record.time)};
    return base::hash64({reinterpret_cast<const char*>(stamp), sizeof stamp}, base::hash64(record.node));
  }

  Held* find(const Record& record) {
    if (order_.empty()) return nullptr;
    const auto is_same = [&](const Held& held) {
      return held.open && held.serial == record.serial && held.time == record.time &&
             held.node == record.node;
    };
    if (is_same(*order_.back())) return order_.back().get();
    const auto found = by_key_.find(key_of(record));
    return found != by_key_.end() && is_same(*found->second) ? found->second : nullptr;
  }

  Held& open(const Record& record, std::uint64_t position) {
    std::unique_ptr<Held> held;
    if (spare_.empty()) {
      held = std::make_unique<Held>();
    } else {
      held = std::move(spare_.back());
      spare_.pop_back();
    }
    held->node = record.node;
    held->key = key_of(record);
    held->serial = record.serial;
    held->time = record.time;
    held->position = position;
    held->open = true;
    held->due = false;
    by_key_[held->key] = held.get();
    order_.push_back(std::move(held));
    ++open_count_;
    return *order_.back();
  }

  // Marks for release what a record this much newer shows to be complete, and what no longer fits. The marked
  // ones are always the oldest.
  void age(const Record& record) {
    std::size_t surplus = open_count_ >= kMaxHeld ? open_count_ - kMaxHeld + 1 : 0;
    if (held_bytes_ > kMaxHeldBytes) surplus = std::max(surplus, open_count_ / 2 + 1);
    for (const auto& held : order_) {
      if (!held->open) continue;
      const bool old = held->node == record.node && (record.serial >= held->serial + kSerialDistance ||
                                                     record.time >= held->time + kTimeDistance);
      if (!held->due && !old && surplus == 0) break;
      held->due = true;
      if (surplus > 0) --surplus;
    }
  }

  void write(const Held& held, Row& row) {
    const std::string_view text =
        row.arena().copy(std::string_view(held.text).substr(0, held.text.size() - 1));
    records_.clear();
    std::size_t from = 0;
    for (const std::size_t end : held.ends) {
      Record record;
      if (split_line(text.substr(from, end - 1 - from), context_, record)) records_.push_back(record);
      from = end;
    }
    row.builder().set_position(held.position);
    row.ref(field::event_original, text);
    writer_.write(records_, row);
  }

  // Its buffers are kept for a later event; it leaves the order when it comes to the front.
  void close(Held& held) {
    held.open = false;
    held_bytes_ -= held.text.size();
    held.text.clear();
    held.ends.clear();
    const auto found = by_key_.find(held.key);
    if (found != by_key_.end() && found->second == &held) by_key_.erase(found);
    --open_count_;
    while (!order_.empty() && !order_.front()->open) retire_front();
    while (!order_.empty() && !order_.back()->open) retire(order_.back()), order_.pop_back();
    if (order_.size() > 2 * open_count_ + kSpares) compact();
  }

  // One event that stays open would keep all closed ones behind it.
  void compact() {
    for (std::unique_ptr<Held>& held : order_) {
      if (held->open) continue;
      retire(held);
      held.reset();
    }
    std::erase(order_, nullptr);
  }

  void retire_front() {
    retire(order_.front());
    order_.pop_front();
  }

  void retire(std::unique_ptr<Held>& held) {
    constexpr std::size_t kSpareBytes = 64 << 10;
    if (spare_.size() < kSpares && held->text.capacity() <= kSpareBytes) spare_.push_back(std::move(held));
  }

  ParseContext context_;
  bool joins_;  // not inside another format, whose rows are not ours to hold
  auditd::EventWriter writer_;
  std::vector<Record> records_;
  std::deque<std::unique_ptr<Held>> order_;  // by arrival; closed ones between open ones linger
  std::unordered_map<std::uint64_t, Held*> by_key_;
  std::vector<std::unique_ptr<Held>> spare_;
  std::size_t open_count_ = 0;
  std::size_t held_bytes_ = 0;
};

int recognise_auditd(std::string_view record) {
  Record out;
  if (!split_line(record, ParseContext{}, out)) return 0;
  return record.starts_with("type=") || record.starts_with("node=") ? 99 : 96;
}

}  // namespace

const Format& auditd_format() {
  static const BasicFormat<AuditdParser> format(
      {.name = "auditd",
       .title = "Linux audit log",
       .summary = "auditd's log, its records joined to events; also behind syslog headers.",
       .stateful = true,
       .payload = true},
      recognise_auditd);
  return format;
}

}  // namespace vedette::normalize
