#include "formats/linux_auth.hpp"

namespace vedette::normalize::linux_auth {
namespace {

struct Peer {
  std::string_view address, port, rest;
};

// "192.0.2.1 port 22 ..." or "192.0.2.1[:]" with anything behind.
Peer read_peer(std::string_view text) {
  Scan scan(text);
  Peer peer;
  peer.address = scan.word();
  if (peer.address.ends_with(':') && !peer.address.ends_with("::")) peer.address.remove_suffix(1);
  if (scan.take(" port ")) {
    const std::string_view rest = scan.rest();
    std::size_t at = 0;
    while (at < rest.size() && base::is_digit(rest[at])) ++at;
    peer.port = rest.substr(0, at);
    scan.skip(at);
  }
  peer.rest = scan.rest();
  return peer;
}

// "password for [invalid user ]NAME from ADDRESS port N ssh2[: key]"
bool ssh_decision(std::string_view text, bool accepted, Writer& out) {
  const std::string_view method = first_word(text);
  if (method.empty() || !take_prefix(text, method) || !take_prefix(text, " for ")) return false;
  std::string_view name, peer_text;
  if (!split_last(text, " from ", name, peer_text)) return false;
  const bool invalid = take_prefix(name, "invalid user ");
  const Peer peer = read_peer(peer_text);
  out.event(accepted ? "ssh_login" : "ssh_login_failed", kAuthentication, accepted ? kStart : kInfo,
            accepted ? "success" : "failure");
  out.row_.ref(out.fields_.ssh_event, accepted ? "Accepted" : invalid ? "Invalid" : "Failed");
  out.row_.ref(out.fields_.ssh_method, method);
  out.user(name);
  if (invalid) out.row_.ref(out.fields_.event_reason, "invalid user");
  out.source(peer.address, peer.port);
  std::string_view key = peer.rest;
  if (take_prefix(key, " ssh2: ")) out.row_.ref(out.fields_.ssh_signature, key);
  return true;
}

// "[invalid|authenticating] user NAME ADDRESS port N [preauth]", "ADDRESS port N [preauth]"
void ssh_named_peer(std::string_view text, Writer& out) {
  bool named = take_prefix(text, "invalid user ") || take_prefix(text, "authenticating user ") ||
               take_prefix(text, "user ");
  if (!named) {
    const Peer peer = read_peer(text);
    return out.source(peer.address, peer.port);
  }
  std::string_view before, after;
  if (!split_last(text, " port ", before, after)) before = text.substr(0, text.rfind(" ["));
  const auto blank = before.rfind(' ');
  out.user(blank == before.npos ? std::string_view{} : before.substr(0, blank));
  out.source(blank == before.npos ? before : before.substr(blank + 1),
             after.substr(0, after.find_first_not_of("0123456789")));
}

bool ssh_connection_end(std::string_view text, Writer& out) {
  std::string_view action;
  const bool told = text.starts_with("Disconnecting: ");  // why, but not whom
  if (take_prefix(text, "Connection closed by "))
    action = "ssh_connection_closed";
  else if (take_prefix(text, "Connection reset by "))
    action = "ssh_connection_reset";
  else if (take_prefix(text, "Disconnected from "))
    action = "ssh_disconnected";
  else if (take_prefix(text, "Received disconnect from "))
    action = "ssh_disconnect_received";
  else if (take_prefix(text, "Disconnecting: "))
    action = "ssh_disconnecting";
  else if (take_prefix(text, "Disconnecting "))
    action = "ssh_disconnecting";
  else if (take_prefix(text, "Unable to negotiate with "))
    action = "ssh_negotiation_failed";
  else if (take_prefix(text, "Bad packet length "))
    action = "ssh_bad_packet";
  else
    return false;
  out.event(action, kNetwork, action == "ssh_negotiation_failed" ? Words(kInfo) : Words(kEnd), {});
  if (told) {
    if (text.ends_with(" [preauth]")) text.remove_suffix(10);
    out.text(out.fields_.event_reason, text);
  } else if (action != "ssh_bad_packet") {
    ssh_named_peer(text, out);
  }
  return true;
}

bool ssh_probe(std::string_view text, Writer& out) {
  std::string_view peer_text, name;
  if (take_prefix(text, "Invalid user ") || take_prefix(text, "Illegal user ")) {
    if (!split_last(text, " from ", name, peer_text)) name = text;
    out.event("ssh_invalid_user", kAuthentication, kInfo, "failure");
    out.row_.ref(out.fields_.ssh_event, "Invalid");
    out.row_.ref(out.fields_.event_reason, "invalid user");
    out.user(name);
  } else if (take_prefix(text, "input_userauth_request: invalid user ")) {
    out.event("ssh_invalid_user", kAuthentication, kInfo, "failure");
    out.user(text.ends_with(" [preauth]") ? text.substr(0, text.size() - 10) : text);
    return true;
  } else if (take_prefix(text, "maximum authentication attempts exceeded for ")) {
    if (!split_last(text, " from ", name, peer_text)) return false;
    take_prefix(name, "invalid user ");
    out.event("ssh_max_attempts", kAuthentication, kInfo, "failure");
    out.row_.ref(out.fields_.event_reason, "maximum authentication attempts exceeded");
    out.user(name);
  } else if (take_prefix(text, "Did not receive identification string from ")) {
    out.event("ssh_no_identification", kNetwork, kInfo, "failure");
    peer_text = text;
  } else if (take_prefix(text, "Connection from ")) {
    out.event("ssh_connection", kNetwork, kStart, {});
    peer_text = text;
  } else if (text.starts_with("Bad protocol version identification ") ||
             text.starts_with("banner exchange: ")) {
    split_last(text, " from ", name, peer_text);
    out.event("ssh_bad_protocol", kNetwork, kInfo, "failure");
  } else {
    return false;
  }
  const Peer peer = read_peer(peer_text);
  out.source(peer.address, peer.port);
  return true;
}

bool ssh_mapping(std::string_view text, Writer& out) {
  std::string_view address;
  if (take_prefix(text, "reverse mapping checking getaddrinfo for ")) {
    const auto open = text.find(" ["), close = text.find("] failed");
    if (open == text.npos || close == text.npos || close < open) return false;
    address = text.substr(open + 2, close - open - 2);
    out.text(out.fields_.source_domain, text.substr(0, open));
  } else if (take_prefix(text, "Address ")) {
    address = first_word(text);
    const auto maps = text.find(" maps to ");
    if (maps == text.npos) return false;
    const std::string_view name = first_word(text.substr(maps + 9));
    out.text(out.fields_.source_domain, name.substr(0, name.find(',')));
  } else {
    return false;
  }
  out.event("ssh_reverse_mapping_failed", kNetwork, kInfo, "failure");
  out.text(field::source_address, address);
  add_ip(out.row_, field::source_ip, address);
  return true;
}

// "User NAME from ADDRESS not allowed because ..."
bool ssh_refused(std::string_view text, Writer& out) {
  if (!take_prefix(text, "User ")) return false;
  std::string_view head, reason, name, peer;
  if (!split_last(text, " not allowed because ", head, reason) || !split_last(head, " from ", name, peer))
    return false;
  out.event("ssh_user_not_allowed", kAuthentication, kInfo, "failure");
  out.user(name);
  out.source(peer);
  out.text(out.fields_.event_reason, reason);
  return true;
}

}  // namespace

bool parse_sshd(std::string_view text, Writer& out) {
  if (take_prefix(text, "message repeated ")) {
    const auto open = text.find(" times: [ ");
    if (open == text.npos || !text.ends_with(']')) return false;
    std::string_view inner = text.substr(open + 10, text.size() - open - 11);
    const std::string_view count = text.substr(0, open);
    if (!parse_sshd(inner.starts_with("message repeated ") ? std::string_view{} : inner, out)) return false;
    out.integer(out.fields_.auth_repeated, count);
    return true;
  }
  if (take_prefix(text, "Accepted ")) return ssh_decision(text, true, out);
  if (take_prefix(text, "Failed ")) return ssh_decision(text, false, out);
  take_prefix(text, "error: ") || take_prefix(text, "fatal: ");
  return ssh_probe(text, out) || ssh_connection_end(text, out) || ssh_mapping(text, out) ||
         ssh_refused(text, out);
}

}  // namespace vedette::normalize::linux_auth
