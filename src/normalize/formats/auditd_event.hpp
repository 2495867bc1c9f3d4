// Writes the records of one audit event into a row.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/auditd_record.hpp"
#include "formats/text_fields.hpp"

namespace vedette::normalize::auditd {

// What the records of an event say that ECS wants to know. Views live as long as the row.
struct Facts {
  struct PathItem {
    std::string_view name, nametype, inode, mode, uid, gid;
  };
  std::string_view type;  // of the first record
  std::string_view arch, syscall, success, result;
  std::string_view exe, comm, cwd, title, command, pid, ppid, unit;
  std::string_view uid, uid_name, auid, auid_name, euid, euid_name, gid, gid_name, account, id, id_name;
  std::string_view address, hostname, laddr, lport, rport;
  std::string_view socket_ip;
  std::int64_t socket_port = -1;
  std::vector<PathItem> paths;
  std::vector<std::string_view> arguments;  // of EXECVE

  void clear();
};

// Adds the ECS fields that follow from the facts.
void add_ecs(const Facts& facts, Row& row);

bool is_absent(std::string_view text);  // "", "(null)", "(none)", "?"

// Fields keep auditd's names: the values of all records of the event stand side by side (type, name, nametype
// ... as lists). Texts that auditd writes in hexadecimal are decoded, "(null)" is left out, and numbers of
// system calls and architectures are named. EXECVE's arguments are a0, a1 ...; the numeric arguments of the
// system call are a0 to a3 only without them, and auditd.syscall.a0 ... otherwise. Keeps buffers between
// events: one per parser.
class EventWriter {
 public:
  EventWriter();
  // Everything but event.original. The views in `records` outlive the row.
  void write(std::span<const Record> records, Row& row);

 private:
  enum class Key : std::uint8_t;
  struct KeyInfo {
    model::FieldId id{};
    Key key{};
  };
  static const KeyInfo* find_key(std::string_view name);

  void write_record(const Record& record, Row& row);
  void write_pair(const Record& record, const Pair& pair, Row& row);
  void write_text(const KeyInfo& info, const Pair& pair, Row& row);
  void write_plain(const KeyInfo& info, std::string_view value, Row& row);
  void write_execve_argument(const Pair& pair, Row& row);
  void write_access_vector(const Record& record, Row& row);
  void write_keys(model::FieldId id, const Pair& pair, Row& row);
  void write_socket(std::string_view hex, Row& row);
  void finish_chunks(Row& row);
  void finish_syscall(Row& row);
  void finish_arguments(Row& row);

  const TextFields& fields_ = text_fields();
  std::vector<model::FieldId> argument_ids_;          // a0, a1 ...
  std::vector<model::FieldId> syscall_argument_ids_;  // auditd.syscall.a0 ...
  Facts facts_;
  std::vector<std::string_view> seen_types_;
  bool has_execve_ = false;
  bool has_syscall_name_ = false;  // the enriched SYSCALL=
  std::string_view syscall_number_;
  std::string chunk_;  // an argument in pieces: a1[0]=..., a1[1]=...
  std::size_t chunk_argument_ = 0;
  bool chunk_open_ = false;
};

}  // namespace vedette::normalize::auditd
