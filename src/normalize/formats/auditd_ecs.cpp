// What the facts of an audit event are in ECS.
#include <algorithm>

#include "formats/auditd_event.hpp"
#include "formats/auditd_names.hpp"

namespace vedette::normalize::auditd {
namespace {

namespace field = model::field;
using model::Value;

bool is_set_id(std::string_view id) {
  return !is_absent(id) && id != "4294967295" && id != "-1" && id != "unset";
}

void add_text(Row& row, model::FieldId id, std::string_view text) {
  if (!is_absent(text)) row.ref(id, text);
}

void add_meaning(const Facts& facts, Row& row) {
  const Meaning* meaning =
      facts.type == "SYSCALL" ? meaning_of_syscall(facts.syscall) : meaning_of_record(facts.type);
  if (meaning) {
    row.ref(field::event_action, meaning->action);
    row.add(field::event_category, Value::list(meaning->category));
    row.add(field::event_type, Value::list(meaning->type));
  } else {
    const std::string_view name =
        facts.type == "SYSCALL" && !facts.syscall.empty() ? facts.syscall : facts.type;
    char* to = row.arena().allocate(name.size());
    std::transform(name.begin(), name.end(), to,
                   [](char c) { return c == '_' ? '-' : base::ascii_lower(c); });
    row.ref(field::event_action, {to, name.size()});
  }
  const std::string_view result = !facts.success.empty() ? facts.success : facts.result;
  if (result == "yes" || result == "success" || result == "1")
    row.ref(field::event_outcome, "success");
  else if (result == "no" || result == "failed" || result == "0")
    row.ref(field::event_outcome, "failure");
}

void add_process(const Facts& facts, Row& row) {
  std::int64_t number = 0;
  if (canonical_integer(facts.pid, number)) row.add(field::process_pid, Value::integer(number));
  if (canonical_integer(facts.ppid, number)) row.add(field::process_parent_pid, Value::integer(number));
  add_text(row, field::process_executable, facts.exe);
  const auto slash = facts.exe.rfind('/');
  const std::string_view name = slash == facts.exe.npos ? facts.comm : facts.exe.substr(slash + 1);
  const TextFields& fields = text_fields();
  add_text(row, field::process_name, name);
  add_text(row, fields.process_title, facts.title);
  add_text(row, field::process_command_line, facts.command.empty() ? facts.title : facts.command);
  add_text(row, fields.process_working_directory, facts.cwd);
  add_text(row, field::service_name, facts.unit);
}

enum class Subject { process, login, account };

// Whom `acct` and `id` speak of.
Subject subject_of(std::string_view type) {
  constexpr std::string_view kLogin[] = {"USER_AUTH", "USER_ACCT", "USER_LOGIN", "USER_LOGOUT", "USER_START",
                                         "USER_END",  "USER_ERR",  "CRED_ACQ",   "CRED_DISP",   "CRED_REFR"};
  constexpr std::string_view kAccount[] = {"ADD_USER",    "DEL_USER",      "ADD_GROUP", "DEL_GROUP",
                                           "USER_MGMT",   "GRP_MGMT",      "ACCT_LOCK", "USER_CHAUTHTOK",
                                           "ACCT_UNLOCK", "GRP_CHAUTHTOK", "CHUSER_ID", "CHGRP_ID"};
  if (std::find(std::begin(kLogin), std::end(kLogin), type) != std::end(kLogin)) return Subject::login;
  return std::find(std::begin(kAccount), std::end(kAccount), type) != std::end(kAccount) ? Subject::account
                                                                                         : Subject::process;
}

void add_users(const Facts& facts, Row& row) {
  const TextFields& fields = text_fields();
  const auto add_id = [&](model::FieldId id, std::string_view value) {
    if (is_set_id(value)) row.ref(id, value);
  };
  const Subject subject = subject_of(facts.type);
  if (subject == Subject::login) {
    add_text(row, field::user_name, facts.account.empty() ? facts.id_name : facts.account);
    add_id(field::user_id, facts.id);
  } else {
    if (subject == Subject::account) {
      add_text(row, field::user_target_name, facts.account);
      add_id(fields.user_target_id, facts.id);
    }
    add_id(field::user_id, facts.uid);
    const bool named = is_set_id(facts.uid_name);
    if (named)
      row.ref(field::user_name, facts.uid_name);
    else if (subject == Subject::process)
      add_text(row, field::user_name, facts.account);
  }
  add_id(fields.user_audit_id, facts.auid);
  add_id(fields.user_audit_name, facts.auid_name);
  if (facts.euid != facts.uid) add_id(fields.user_effective_id, facts.euid);
  if (facts.euid_name != facts.uid_name) add_id(fields.user_effective_name, facts.euid_name);
  add_id(fields.user_group_id, facts.gid);
  add_id(fields.user_group_name, facts.gid_name);
}

// Of the paths of an event that which it is about: what was created, else the first that is no parent folder.
const Facts::PathItem* main_path(const Facts& facts) {
  const Facts::PathItem* best = nullptr;
  for (const auto& path : facts.paths) {
    if (path.name.empty() || path.nametype == "PARENT") continue;
    if (path.nametype == "CREATE") return &path;
    if (!best) best = &path;
  }
  if (!best && !facts.paths.empty() && !facts.paths.front().name.empty()) best = &facts.paths.front();
  return best;
}

void add_file(const Facts& facts, Row& row) {
  const Facts::PathItem* path = main_path(facts);
  if (!path) return;
  const TextFields& fields = text_fields();
  std::string_view name = path->name;
  if (!name.starts_with('/') && facts.cwd.starts_with('/')) {
    char* to = row.arena().allocate(facts.cwd.size() + name.size() + 1);
    char* end = std::copy(facts.cwd.begin(), facts.cwd.end(), to);
    if (!facts.cwd.ends_with('/')) *end++ = '/';
    end = std::copy(name.begin(), name.end(), end);
    name = {to, static_cast<std::size_t>(end - to)};
  }
  row.ref(field::file_path, name);
  add_text(row, fields.file_inode, path->inode);
  add_text(row, fields.file_mode, path->mode);
  if (is_set_id(path->uid)) row.ref(fields.file_uid, path->uid);
  if (is_set_id(path->gid)) row.ref(fields.file_gid, path->gid);
}

bool is_inbound(std::string_view syscall) {
  return syscall.starts_with("accept") || syscall.starts_with("recv");
}

void add_network(const Facts& facts, Row& row) {
  const TextFields& fields = text_fields();
  if (!facts.socket_ip.empty()) {
    const bool inbound = is_inbound(facts.syscall);
    const bool own = facts.syscall == "bind";  // its own side
    row.ref(inbound || own ? field::source_ip : field::destination_ip, facts.socket_ip);
    row.ref(inbound || own ? field::source_address : fields.destination_address, facts.socket_ip);
    row.add(inbound || own ? field::source_port : field::destination_port, Value::integer(facts.socket_port));
    if (!own) row.ref(field::network_direction, inbound ? "ingress" : "egress");
  }
  if (!is_absent(facts.address)) {
    row.ref(field::source_address, facts.address);
    add_ip(row, field::source_ip, facts.address);
  } else if (!is_absent(facts.hostname) &&
             subject_of(facts.type) == Subject::login) {  // others name the local host
    row.ref(field::source_address, facts.hostname);
    if (!add_ip(row, field::source_ip, facts.hostname)) row.ref(fields.source_domain, facts.hostname);
  }
  if (!is_absent(facts.laddr)) add_ip(row, field::destination_ip, facts.laddr);
  add_port(row, field::destination_port, facts.lport);
  add_port(row, field::source_port, facts.rport);
}

}  // namespace

void add_ecs(const Facts& facts, Row& row) {
  add_meaning(facts, row);
  add_process(facts, row);
  add_users(facts, row);
  add_file(facts, row);
  add_network(facts, row);
}

}  // namespace vedette::normalize::auditd
