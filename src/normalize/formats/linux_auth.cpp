// Messages of the programs that decide who gets in on Linux: sshd, sudo, su, PAM modules, the shadow tools,
// cron and systemd-logind. Stands behind a syslog header, from which it takes the program.
#include "formats/linux_auth.hpp"

#include "formats/basic_format.hpp"
#include "formats/formats.hpp"

namespace vedette::normalize {
namespace linux_auth {
namespace {

bool parse_sudo(std::string_view text, Writer& out) {
  while (take_prefix(text, " ")) {
  }
  const auto colon = text.find(" : ");
  if (colon == text.npos || colon > 256) return false;
  const std::string_view user = text.substr(0, colon);
  text.remove_prefix(colon + 3);
  std::string_view error, command, target;
  bool any = false;
  while (!text.empty()) {
    if (take_prefix(text, "COMMAND=")) {  // always last; may hold " ; " itself
      command = text;
      any = true;
      break;
    }
    const auto end = text.find(" ; ");
    const std::string_view part = text.substr(0, end);
    text = end == text.npos ? std::string_view{} : text.substr(end + 3);
    const auto equals = part.find('=');
    const std::string_view key = part.substr(0, equals),
                           value = equals == part.npos ? part : part.substr(equals + 1);
    if (equals == part.npos)
      error = part;
    else if (key == "TTY")
      out.text(out.fields_.auth_tty, value), any = true;
    else if (key == "PWD")
      out.text(out.fields_.process_working_directory, value), any = true;
    else if (key == "USER")
      target = value, any = true;
    else if (key == "GROUP")
      out.text(out.fields_.user_effective_group_name, value);
  }
  if (!any) return false;
  out.event(error.empty() ? "sudo_command" : "sudo_denied",
            error.empty() ? Words(kProcess) : Words(kAuthentication),
            error.empty() ? Words(kStart) : Words(kInfo), error.empty() ? "success" : "failure");
  out.user(user);
  out.text(out.fields_.event_reason, error);
  out.text(out.fields_.user_effective_name, target);
  out.text(field::process_command_line, command);
  out.text(field::process_executable, first_word(command));
  return true;
}

// "(to TARGET) USER on TTY", "'su TARGET' failed for USER on TTY", "FAILED SU (to ...", "Successful su for
// TARGET by USER", "+ TTY USER:TARGET".
bool parse_su(std::string_view text, Writer& out) {
  bool success = true;
  std::string_view target, user, tty;
  if (text.starts_with("FAILED SU (to ") || text.starts_with("(to ")) {
    success = !take_prefix(text, "FAILED SU ");
    take_prefix(text, "(to ");
    const auto close = text.find(") ");
    if (close == text.npos || !split_last(text.substr(close + 2), " on ", user, tty)) return false;
    target = text.substr(0, close);
  } else if (take_prefix(text, "'su ")) {
    success = false;
    std::string_view rest;
    if (!split_last(text, "' failed for ", target, rest) || !split_last(rest, " on ", user, tty))
      return false;
  } else if (text.starts_with("Successful su for ") || text.starts_with("FAILED su for ")) {
    success = take_prefix(text, "Successful su for ");
    take_prefix(text, "FAILED su for ");
    if (!split_last(text, " by ", target, user)) return false;
  } else if (text.starts_with("+ ") || text.starts_with("- ")) {
    success = text[0] == '+';
    tty = first_word(text.substr(2));
    const std::string_view pair = text.substr(std::min(text.size(), tty.size() + 3));
    const auto colon = pair.find(':');
    if (colon == pair.npos) return false;
    user = pair.substr(0, colon);
    target = pair.substr(colon + 1);
  } else {
    return false;
  }
  out.event(success ? "su" : "su_failed", kAuthentication, success ? Words(kStart) : Words(kInfo),
            success ? "success" : "failure");
  out.user(user);
  out.text(out.fields_.user_effective_name, target);
  out.text(out.fields_.auth_tty, tty);
  return true;
}

// "NAME(uid=1000)" or "NAME".
void split_uid(std::string_view text, std::string_view& name, std::string_view& uid) {
  name = text;
  const auto open = text.rfind("(uid=");
  if (open == text.npos || !text.ends_with(')')) return;
  name = text.substr(0, open);
  uid = text.substr(open + 5, text.size() - open - 6);
}

// " logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root": rhost and user are last, user is the
// client's.
void pam_pairs(std::string_view text, Writer& out) {
  const auto value = [&](std::string_view key) {
    const auto at = text.find(key);
    if (at == text.npos) return std::string_view{};
    const std::string_view rest = text.substr(at + key.size());
    return rest.substr(0, rest.find(' '));
  };
  out.text(out.fields_.auth_tty, value(" tty="));
  out.text(out.fields_.auth_logname, value("logname="));
  out.text(out.fields_.auth_ruser, value(" ruser="));
  out.id(out.fields_.auth_uid, value(" uid="));
  out.id(out.fields_.auth_euid, value(" euid="));
  const auto rhost = text.find(" rhost=");
  if (rhost == text.npos) return;
  std::string_view rest = text.substr(rhost + 7);
  out.source(first_word(rest));
  rest.remove_prefix(first_word(rest).size());
  const auto user = rest.find(" user=");
  if (user != rest.npos) out.user(base::trim(rest.substr(user + 6)));
}

bool pam_session(std::string_view text, std::string_view service, Writer& out) {
  const bool opened = take_prefix(text, "session opened for user ");
  if (!opened && !take_prefix(text, "session closed for user ")) return false;
  out.event(opened ? "session_opened" : "session_closed", kSession, opened ? Words(kStart) : Words(kEnd),
            "success");
  std::string_view who = text, by, name, uid, by_name, by_uid;
  if (opened) split_last(text, " by ", who, by);
  split_uid(who, name, uid);
  split_uid(by, by_name, by_uid);
  const bool change = (service == "su" || service == "sudo" || service == "su-l") && !by_name.empty();
  out.user(change ? by_name : name);
  out.id(change ? out.fields_.user_effective_id : field::user_id, uid);
  if (change) {
    out.text(out.fields_.user_effective_name, name);
    out.id(field::user_id, by_uid);
  }
  return true;
}

bool pam_message(std::string_view text, std::string_view service, Writer& out) {
  if (pam_session(text, service, out)) return true;
  if (take_prefix(text, "authentication failure; ")) {
    out.event("authentication_failed", kAuthentication, kInfo, "failure");
    pam_pairs(text, out);
  } else if (text.starts_with("check pass; user unknown")) {
    out.event("authentication_failed", kAuthentication, kInfo, "failure");
    out.row_.ref(out.fields_.event_reason, "user unknown");
  } else if (take_prefix(text, "password changed for ")) {
    out.event("password_changed", kIam, kUserChange, "success");
    out.text(field::user_target_name, text);
  } else if (take_prefix(text, "Consecutive login failures for user ")) {
    out.event("account_locked", kIam, kUserChange, {});
    const auto end = text.find(" account temporarily locked");
    out.text(field::user_target_name, text.substr(0, end));
  } else if (take_prefix(text, "user ") && text.find(" tally ") != text.npos) {
    out.event("authentication_denied", kAuthentication, kInfo, "failure");
    out.user(first_word(text));
  } else {
    return false;
  }
  return true;
}

// "pam_unix(sshd:auth): ..."
bool parse_pam(std::string_view text, Writer& out) {
  const auto open = text.find('('), close = text.find("): ");
  if (open == text.npos || close == text.npos || open > 32 || close < open || close > 96) return false;
  const std::string_view inside = text.substr(open + 1, close - open - 1);
  out.row_.ref(out.fields_.auth_pam_module, text.substr(0, open));
  pam_message(text.substr(close + 3), inside.substr(0, inside.find(':')), out);
  return true;
}

// "'NAME'" at `text`, moved past.
std::string_view take_quoted_name(std::string_view& text) {
  if (!text.starts_with('\'')) return {};
  const auto end = text.find('\'', 1);
  if (end == text.npos) return {};
  const std::string_view name = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return name;
}

// "name=bob, UID=1001, GID=1001, home=/home/bob, shell=/bin/bash"
std::string_view shadow_value(std::string_view text, std::string_view key) {
  for (std::string_view rest = text; !rest.empty();) {
    const auto comma = rest.find(", ");
    const std::string_view part = rest.substr(0, comma);
    if (part.starts_with(key)) return part.substr(key.size());
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 2);
  }
  return {};
}

bool shadow_creation(std::string_view text, Writer& out) {
  if (take_prefix(text, "new user: ")) {
    out.event("added-user-account", kIam, kUserCreation, "success");
    out.text(field::user_target_name, shadow_value(text, "name="));
    out.id(out.fields_.user_target_id, shadow_value(text, "UID="));
    out.id(out.fields_.user_target_group_id, shadow_value(text, "GID="));
    out.text(out.fields_.auth_home, shadow_value(text, "home="));
    out.text(out.fields_.auth_shell, shadow_value(text, "shell="));
    return true;
  }
  if (take_prefix(text, "new group: ") || take_prefix(text, "group added to /etc/group: ")) {
    out.event("added-group-account", kIam, kGroupCreation, "success");
    out.text(out.fields_.group_name, shadow_value(text, "name="));
    out.id(out.fields_.group_id, shadow_value(text, "GID="));
    return true;
  }
  if (take_prefix(text, "failed adding user ")) {
    out.event("added-user-account", kIam, kUserCreation, "failure");
    out.text(field::user_target_name, take_quoted_name(text));
    return true;
  }
  return false;
}

bool shadow_membership(std::string_view text, Writer& out) {
  const bool added = take_prefix(text, "add ");
  if (!added && !take_prefix(text, "delete ")) return false;
  std::string_view name = take_quoted_name(text);
  if (name.empty()) return false;
  if (!take_prefix(text, added ? " to group " : " from group ") &&
      !take_prefix(text, added ? " to shadow group " : " from shadow group ")) {
    return false;
  }
  out.event(added ? "added-user-to-group" : "removed-user-from-group", kIam, kGroupChange, "success");
  out.text(field::user_target_name, name);
  out.text(out.fields_.group_name, take_quoted_name(text));
  return true;
}

bool shadow_change(std::string_view text, Writer& out) {
  if (take_prefix(text, "delete user ")) {
    out.event("deleted-user-account", kIam, kUserDeletion, "success");
    out.text(field::user_target_name, take_quoted_name(text));
  } else if (take_prefix(text, "removed group ") || take_prefix(text, "remove group ")) {
    out.event("deleted-group-account", kIam, kGroupDeletion, "success");
    out.text(out.fields_.group_name, take_quoted_name(text));
  } else if (take_prefix(text, "change user ") || take_prefix(text, "lock user ") ||
             take_prefix(text, "unlock user ")) {
    out.event("changed-user-account", kIam, kUserChange, "success");
    out.text(field::user_target_name, take_quoted_name(text));
  } else if (take_prefix(text, "password for ")) {
    out.event("password_changed", kIam, kUserChange, "success");
    out.text(field::user_target_name, take_quoted_name(text));
    if (take_prefix(text, " changed by ")) out.user(take_quoted_name(text));
  } else if (take_prefix(text, "changed password expiry for ")) {
    out.event("changed-password-expiry", kIam, kUserChange, "success");
    out.text(field::user_target_name, text);
  } else if (text.starts_with("user ") && text.find(" to group ") != text.npos) {  // gpasswd
    take_prefix(text, "user ");
    std::string_view head, group, name, actor;
    if (!split_last(text, " to group ", head, group) || !split_last(head, " added by ", name, actor))
      return false;
    out.event("added-user-to-group", kIam, kGroupChange, "success");
    out.text(field::user_target_name, name);
    out.text(out.fields_.group_name, group);
    out.user(actor);
  } else {
    return false;
  }
  return true;
}

bool parse_shadow(std::string_view text, Writer& out) {
  return shadow_creation(text, out) || shadow_membership(text, out) || shadow_change(text, out);
}

// "(root) CMD (command)", "(bob) BEGIN EDIT (bob)"
bool parse_cron(std::string_view text, Writer& out) {
  const auto close = text.find(") ");
  if (!text.starts_with('(') || close == text.npos) return false;
  const std::string_view user = text.substr(1, close - 1);
  text.remove_prefix(close + 2);
  const auto open = text.find(" (");
  if (open == text.npos || !text.ends_with(')')) return false;
  const std::string_view verb = text.substr(0, open);
  const std::string_view subject = base::trim(text.substr(open + 2, text.size() - open - 3));
  struct Verb {
    std::string_view word, action;
  };
  constexpr Verb kVerbs[] = {{"BEGIN EDIT", "crontab_edit_begin"}, {"END EDIT", "crontab_edit_end"},
                             {"REPLACE", "crontab_replaced"},      {"DELETE", "crontab_deleted"},
                             {"LIST", "crontab_listed"},           {"RELOAD", "crontab_reloaded"}};
  if (verb == "CMD") {
    out.event("cron_command", kProcess, kStart, {});
    out.text(field::process_command_line, subject);
    out.user(user);
    return true;
  }
  for (const Verb& known : kVerbs) {
    if (verb != known.word) continue;
    out.event(known.action, kProcess, kInfo, {});
    out.user(user);
    return true;
  }
  return false;
}

bool parse_logind(std::string_view text, Writer& out) {
  const bool opened = take_prefix(text, "New session ");
  if (!opened && !take_prefix(text, "Removed session ")) return false;
  out.event(opened ? "session_opened" : "session_closed", kSession, opened ? Words(kStart) : Words(kEnd),
            "success");
  std::string_view id = first_word(text), user;
  if (id.ends_with('.')) id.remove_suffix(1);
  out.text(out.fields_.auth_session, id);
  if (split_last(text, " of user ", id, user)) {
    if (user.ends_with('.')) user.remove_suffix(1);
    out.user(user);
  }
  return true;
}

using ParseFn = bool (*)(std::string_view, Writer&);
struct Program {
  std::string_view name;
  ParseFn parse;
};
constexpr Program kPrograms[] = {
    {"sshd", parse_sshd},       {"sshd-session", parse_sshd},
    {"sshd-auth", parse_sshd},  {"sudo", parse_sudo},
    {"su", parse_su},           {"CRON", parse_cron},
    {"cron", parse_cron},       {"crond", parse_cron},
    {"crontab", parse_cron},    {"systemd-logind", parse_logind},
    {"useradd", parse_shadow},  {"userdel", parse_shadow},
    {"usermod", parse_shadow},  {"groupadd", parse_shadow},
    {"groupdel", parse_shadow}, {"groupmod", parse_shadow},
    {"gpasswd", parse_shadow},  {"passwd", parse_shadow},
    {"chpasswd", parse_shadow}, {"chage", parse_shadow},
    {"login", nullptr},         {"polkitd", nullptr},
    {"pkexec", nullptr},        {"chfn", parse_shadow},
    {"chsh", parse_shadow},     {"newusers", parse_shadow},
};

const Program* find_program(std::string_view name) {
  name = name.substr(0, name.find('('));
  if (const auto slash = name.rfind('/'); slash != name.npos) name.remove_prefix(slash + 1);
  for (const Program& program : kPrograms) {
    if (program.name == name) return &program;
  }
  return nullptr;
}

bool is_pam_message(std::string_view text) {
  return text.starts_with("pam_") && text.substr(0, 96).find("): ") != text.npos;
}

// Without a program: only what no other program would say.
const Program* guess_program(std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
  if ((text.starts_with("Accepted ") || text.starts_with("Failed ")) && has(" from ") && has(" port ")) {
    return find_program("sshd");
  }
  if (text.starts_with("Invalid user ") && has(" from ")) return find_program("sshd");
  if ((text.starts_with("Connection closed by ") || text.starts_with("Received disconnect from ") ||
       text.starts_with("Disconnected from ")) &&
      (has(" port ") || has("[preauth]"))) {
    return find_program("sshd");
  }
  if (has(" : TTY=") && has(" ; COMMAND=")) return find_program("sudo");
  if (text.starts_with('(') && has(") CMD (") && text.ends_with(')')) return find_program("cron");
  return nullptr;
}

}  // namespace
}  // namespace linux_auth

bool is_linux_auth_program(std::string_view program) {
  return linux_auth::find_program(program) != nullptr;
}

Outcome parse_linux_auth(std::string_view program, std::string_view message, Row& row) {
  using namespace linux_auth;
  Writer out(row);
  const Program* known = program.empty() ? guess_program(message) : find_program(program);
  const bool old_pam = program.ends_with("(pam_unix)");
  if (!known && !old_pam && !is_pam_message(message)) return Outcome::not_mine;
  const bool cron = known && known->parse == parse_cron && !is_pam_message(message);
  row.dataset("system", cron ? "system.syslog" : "system.auth");
  if (old_pam) {
    row.ref(out.fields_.auth_pam_module, "pam_unix");
    pam_message(message, program.substr(0, program.find('(')), out);
  } else if (is_pam_message(message)) {
    parse_pam(message, out);
  } else if (message.starts_with("PAM ") && message.find(" more authentication failure") != message.npos) {
    out.event("authentication_failed", kAuthentication, kInfo, "failure");
    out.integer(out.fields_.auth_repeated, first_word(message.substr(4)));
    pam_pairs(message, out);
  } else if (known && known->parse) {
    known->parse(message, out);
  }
  return Outcome::parsed;
}

namespace {

class LinuxAuthParser final : public FormatParser {
 public:
  explicit LinuxAuthParser(const ParseContext&) {}

  Outcome parse(std::string_view record, Row& row) override {
    const model::Value* program = row.builder().find_open(model::field::log_syslog_appname);
    const std::string_view name = program && program->is_string() ? program->as_string() : std::string_view{};
    const Outcome outcome = parse_linux_auth(name, record, row);
    if (outcome == Outcome::parsed && name.empty()) row.ref(model::field::message, record);
    return outcome;
  }
};

int recognise_linux_auth(std::string_view record) {
  if (linux_auth::is_pam_message(record)) return 90;
  return linux_auth::guess_program(record) ? 85 : 0;
}

}  // namespace

const Format& linux_auth_format() {
  static const BasicFormat<LinuxAuthParser> format(
      {.name = "linux-auth",
       .title = "Linux authentication messages",
       .summary = "What sshd, sudo, su, PAM, the account tools, cron and systemd-logind write to syslog.",
       .payload = true},
      recognise_linux_auth);
  return format;
}

}  // namespace vedette::normalize
