// What people do with alerts: status, verdict, assignee, comments; many at once, and back again.
#include <algorithm>
#include <utility>

#include <openssl/rand.h>

#include "rest/groups.hpp"
#include "rest/groups/alert_view.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::alerts_group {
namespace {

using boost::json::object;
using ports::ColumnTest;
using search_group::Body;

constexpr std::size_t kMostComments = 200;
constexpr std::size_t kMostHistory = 500;
constexpr std::size_t kMostAtOnce = 1'000;
constexpr std::size_t kMostBytesAtOnce = 64u << 20;
constexpr std::size_t kMostExpired = 200;
constexpr base::TimeNs kUndoAge = 24LL * 3600 * base::kNsPerSecond;
constexpr int kAttempts = 8;
const std::string kUndoCollection = "alert_undo";

// What of an alert is changed; an empty text takes the value away.
struct Change {
  std::optional<std::string> status, verdict, reason, assignee;
};

// What people said of an alert.
struct Judgement {
  std::string status, verdict, reason, assignee;
  bool operator==(const Judgement&) const = default;
};

Judgement judgement_of(const SeenAlert& alert) {
  const Json* reason = alert.handling.if_contains("reason");
  return {alert.status, alert.verdict,
          reason && reason->is_string() ? std::string(reason->get_string()) : std::string(), alert.assignee};
}

struct ReadChange {
  std::optional<Change> change;
  Reply refusal;
};

Reply invalid_member(const std::string& pointer, const std::string& message) {
  return problem(422, "alert-change", pointer.substr(1) + " " + message, {{pointer, message}});
}

// A text, or "" for null; nullopt: not there.
std::optional<std::string> member_or_null(const Body& body, std::string_view name) {
  const Json* value = body.find(name);
  if (value == nullptr) return std::nullopt;
  return body.text(name);
}

ReadChange read_change(Call& call, const RestParts& parts, const Body& body, const std::string& place) {
  ReadChange out;
  Change change{body.find("status") && body.find("status")->is_string() ? std::optional(body.text("status"))
                                                                        : std::nullopt,
                member_or_null(body, "verdict"), member_or_null(body, "reason"),
                member_or_null(body, "assignee")};
  const auto one_of = [](const std::string& text, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), text) != names.end();
  };
  const auto refuse = [&](const char* name, const std::string& message) {
    out.refusal = invalid_member(place + name, message);
    return std::move(out);
  };
  if (!change.status && !change.verdict && !change.assignee && !change.reason)
    return refuse("status", "or verdict, reason or assignee must be given");
  if (change.status && !one_of(*change.status, {"new", "in_progress", "closed"}))
    return refuse("status", "must be new, in_progress or closed");
  if (change.verdict && !one_of(*change.verdict, {"", "true_positive", "false_positive", "benign"}))
    return refuse("verdict", "must be true_positive, false_positive, benign or null");
  if (change.reason && (base::trim(*change.reason).empty() || change.reason->size() > 4'000))
    return refuse("reason", "must be a text of up to 4,000 bytes");
  if (change.verdict && !change.verdict->empty() && !change.reason)
    return refuse("reason", "must be given with a verdict");
  if (change.assignee && change.assignee->size() > ports::kMaxIdBytes)
    return refuse("assignee", "is too long");
  if (change.assignee && !change.assignee->empty() && parts.access != nullptr &&
      !parts.access->user(call.principal(), *change.assignee).ok()) {
    return refuse("assignee", "is no user of the tenant; give a user's id");
  }
  out.change = std::move(change);
  return out;
}

Judgement changed(Judgement judgement, const Change& change) {
  if (change.status) judgement.status = *change.status;
  if (change.verdict) judgement.verdict = *change.verdict;
  if (change.reason) judgement.reason = *change.reason;
  if (change.verdict && change.verdict->empty()) judgement.reason.clear();
  if (change.assignee) judgement.assignee = *change.assignee;
  return judgement;
}

Json text_or_nothing(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

object who_and_when(const Principal& who, base::TimeNs now) {
  return {{"time", now}, {"by", who.user_id}, {"by_name", who.name}};
}

boost::json::array& list_in(object& handling, std::string_view name) {
  Json& list = handling[name];
  if (!list.is_array()) list = boost::json::array();
  return list.get_array();
}

void add_history(object& handling, const Principal& who, base::TimeNs now, const Judgement& before,
                 const Judgement& after, std::string_view action) {
  object changes;
  const auto compare = [&](std::string_view name, const std::string& old_text, const std::string& new_text) {
    if (old_text != new_text) {
      changes[name] = object{{"from", text_or_nothing(old_text)}, {"to", text_or_nothing(new_text)}};
    }
  };
  compare("status", before.status, after.status);
  compare("verdict", before.verdict, after.verdict);
  compare("reason", before.reason, after.reason);
  compare("assignee", before.assignee, after.assignee);
  object entry = who_and_when(who, now);
  entry["action"] = action;
  entry["changes"] = std::move(changes);
  boost::json::array& history = list_in(handling, "history");
  if (history.size() >= kMostHistory) history.erase(history.begin());
  history.emplace_back(std::move(entry));
}

// The record with other "handling" and columns, its alert as it was. nullopt: it cannot be read.
std::optional<ports::RecordWrite> write_handling(const ports::StoredRecord& stored, const object& handling,
                                                 const Judgement& judgement) {
  boost::system::error_code failed;
  Json document = boost::json::parse(stored.document, failed);
  if (failed || !document.is_object()) return std::nullopt;
  document.get_object()["handling"] = handling;
  ports::RecordWrite write;
  write.collection = "alerts";
  write.id = stored.id;
  write.document = boost::json::serialize(document);
  write.columns = stored.columns;
  write.expected_version = stored.version;
  const auto set = [&](const char* name, const std::string& value) {
    if (value.empty()) {
      write.columns.erase(name);
    } else {
      write.columns[name] = value;
    }
  };
  set("status", judgement.status);
  set("verdict", judgement.verdict);
  set("assignee", judgement.assignee);
  return write;
}

std::optional<ports::RecordWrite> write_change(const AlertView::Both& alert, const Judgement& after,
                                               const Principal& who, base::TimeNs now,
                                               std::string_view action) {
  object handling = alert.seen.handling;
  add_history(handling, who, now, judgement_of(alert.seen), after, action);
  handling["reason"] = after.reason;
  return write_handling(alert.stored, handling, after);
}

bool is_version_conflict(const base::Error& error) {
  return error.code == base::ErrorCode::busy && error.message.starts_with("conflict");
}

Reply changed_since() {
  return problem(412, "changed", "the alert has been changed since you read it; read it again",
                 {{"header:If-Match", "is not the current ETag"}});
}

Reply unreadable() {
  return problem(409, "unreadable", "the record of the alert is damaged and cannot be changed");
}

Reply alert_as_it_is(Call& call, const RestParts& parts, const std::string& id, int status) {
  const AlertView view(parts, call);
  REPLY_ASSIGN(const std::optional<SeenAlert> alert, view.get(id));
  if (!alert) return not_found("alert");
  Reply reply;
  reply.status = status;
  reply.body = alert_json(*alert, true);
  reply.etag = std::to_string(alert->version);
  return reply;
}

Reply change_alert(Call& call, const RestParts& parts) {
  const AlertView view(parts, call);
  const std::string id(call.path("id"));
  REPLY_ASSIGN(const auto alert, view.get_both(id));
  if (!alert) return not_found("alert");
  ReadChange read = read_change(call, parts, Body(call.body()), "/");
  if (!read.change) return std::move(read.refusal);
  const auto expected = call.if_match();
  if (!expected) return problem(428, "if-match", "send If-Match with the ETag that you read");
  if (*expected != ports::RecordWrite::kAnyVersion && *expected != alert->stored.version)
    return changed_since();
  const Judgement before = judgement_of(alert->seen), after = changed(before, *read.change);
  call.target("alerts/" + id);
  if (before == after) return alert_as_it_is(call, parts, id, 200);
  const auto write = write_change(*alert, after, call.principal(), parts.now(), "changed");
  if (!write) return unreadable();
  call.note("status", before.status + " -> " + after.status);
  if (read.change->verdict) call.note("verdict", before.verdict + " -> " + after.verdict);
  if (read.change->reason) call.note("reason", after.reason);
  if (read.change->assignee) call.note("assignee", before.assignee + " -> " + after.assignee);
  const auto versions = call.apply({&*write, 1});
  if (!versions.ok())
    return is_version_conflict(versions.error()) ? changed_since() : problem_of(versions.error());
  return alert_as_it_is(call, parts, id, 200);
}

std::string random_id() {
  unsigned char bytes[16];
  CHECK(RAND_bytes(bytes, sizeof bytes) == 1);
  return base::hex_encode({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

Reply comment_alert(Call& call, const RestParts& parts) {
  const AlertView view(parts, call);
  const std::string id(call.path("id"));
  const std::string text = Body(call.body()).text("text");
  if (base::trim(text).empty() || text.size() > 10'000)
    return invalid_member("/text", "must be a text of up to 10,000 bytes");
  call.target("alerts/" + id);
  for (int attempt = 1;; ++attempt) {
    REPLY_ASSIGN(const auto alert, view.get_both(id));
    if (!alert) return not_found("alert");
    object handling = alert->seen.handling;
    boost::json::array& comments = list_in(handling, "comments");
    if (comments.size() >= kMostComments)
      return problem(409, "too-many", "the alert has 200 comments, which is the most");
    object comment = who_and_when(call.principal(), parts.now());
    comment["id"] = random_id();
    comment["text"] = text;
    comments.emplace_back(std::move(comment));
    const auto write = write_handling(alert->stored, handling, judgement_of(alert->seen));
    if (!write) return unreadable();
    const auto versions = call.apply({&*write, 1});
    if (versions.ok()) return alert_as_it_is(call, parts, id, 201);
    if (!is_version_conflict(versions.error()) || attempt == kAttempts) return problem_of(versions.error());
  }
}

// --- many at once ---

struct Picked {
  std::vector<std::string> ids;
  bool more = false;  // others pass the filter, too
};

std::optional<Reply> pick(Call& call, const RestParts& parts, const AlertView& view, Picked& out) {
  const Body body(call.body());
  out.ids = body.texts("ids");
  const Json* wanted = body.find("filter");
  if (out.ids.empty() == (wanted == nullptr || !wanted->is_object()))
    return invalid_member("/ids", "or a filter must be given, and not both");
  if (out.ids.size() > kMostAtOnce) return invalid_member("/ids", "may be 1,000 at most");
  if (!out.ids.empty()) {
    std::sort(out.ids.begin(), out.ids.end());
    out.ids.erase(std::unique(out.ids.begin(), out.ids.end()), out.ids.end());
    return std::nullopt;
  }
  const Body members(*wanted);
  const auto filter = read_alert_filter([&](std::string_view name) { return members.text(name); },
                                        members.texts("status"), parts.now(), "/filter/");
  if (!filter.ok()) return problem_of(filter.refusal());
  const auto rest = view.each(view.query_of(*filter), *filter, kMostScanned, 500, [&](SeenAlert&& alert) {
    out.more = out.ids.size() >= kMostAtOnce;
    if (!out.more) out.ids.push_back(std::move(alert.id));
    return !out.more;
  });
  if (!rest.ok()) return problem_of(rest.error());
  out.more = out.more || !rest->empty();
  return std::nullopt;
}

object undo_item(const AlertView::Both& alert) {
  const Judgement before = judgement_of(alert.seen);
  return {{"id", alert.seen.id},     {"version", alert.stored.version + 1},
          {"status", before.status}, {"verdict", before.verdict},
          {"reason", before.reason}, {"assignee", before.assignee}};
}

// Tokens that nobody can use any more.
base::Status drop_expired(const RestParts& parts, std::vector<ports::RecordWrite>& writes) {
  ports::RecordQuery query;
  query.collection = kUndoCollection;
  query.tests.push_back({"expires", ColumnTest::Op::less, {parts.now()}});
  query.limit = kMostExpired;
  TRY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  for (const ports::StoredRecord& record : page.records) {
    ports::RecordWrite write;
    write.kind = ports::RecordWrite::Kind::remove;
    write.collection = kUndoCollection;
    write.id = record.id;
    writes.push_back(std::move(write));
  }
  return base::ok_status();
}

struct BulkOutcome {
  std::size_t changed = 0, skipped = 0;
  std::string token;
  bool more = false;
};

// One try: busy if somebody changed one of them meanwhile.
base::Result<BulkOutcome> change_many(Call& call, const RestParts& parts, const AlertView& view,
                                      const Picked& picked, const Change& change) {
  BulkOutcome out;
  out.more = picked.more;
  std::vector<ports::RecordWrite> writes;
  boost::json::array items;
  std::size_t bytes = 0;
  for (const std::string& id : picked.ids) {
    if (bytes > kMostBytesAtOnce) {
      out.more = true;
      break;
    }
    std::optional<AlertView::Both> alert;
    if (!id.empty() && id.size() <= ports::kMaxIdBytes) {
      TRY_ASSIGN(alert, view.get_both(id));
    }
    const Judgement after = alert ? changed(judgement_of(alert->seen), change) : Judgement();
    std::optional<ports::RecordWrite> write;
    if (alert && !(after == judgement_of(alert->seen))) {
      write = write_change(*alert, after, call.principal(), parts.now(), "changed with others");
    }
    if (!write) {
      ++out.skipped;
      continue;
    }
    bytes += write->document.size();
    items.emplace_back(undo_item(*alert));
    writes.push_back(std::move(*write));
    ++out.changed;
  }
  if (writes.empty()) return out;
  out.token = random_id();
  ports::RecordWrite undo;
  undo.collection = kUndoCollection;
  undo.id = out.token;
  undo.expected_version = 0;
  undo.columns = {{"owner", call.principal().user_id}, {"expires", parts.now() + kUndoAge}};
  undo.document = boost::json::serialize(object{{"items", std::move(items)}});
  writes.push_back(std::move(undo));
  TRY(drop_expired(parts, writes));
  TRY_ASSIGN(const auto versions, call.apply(writes));
  (void)versions;
  return out;
}

Reply change_alerts(Call& call, const RestParts& parts) {
  const AlertView view(parts, call);
  const Body body(call.body());
  const Json* wanted = body.find("change");
  if (wanted == nullptr) return invalid_member("/change", "is missing");
  ReadChange read = read_change(call, parts, Body(*wanted), "/change/");
  if (!read.change) return std::move(read.refusal);
  Picked picked;
  if (auto refused = pick(call, parts, view, picked)) return std::move(*refused);
  call.target("alerts");
  call.note("change", boost::json::serialize(*wanted));
  std::string ids;
  for (const std::string& id : picked.ids) ids += (ids.empty() ? "" : " ") + id;
  call.note("alerts", ids);
  for (int attempt = 1;; ++attempt) {
    const auto outcome = change_many(call, parts, view, picked, *read.change);
    if (!outcome.ok() && is_version_conflict(outcome.error()) && attempt < kAttempts) continue;
    if (!outcome.ok()) return problem_of(outcome.error());
    Reply reply;
    reply.body = object{{"undo_token", text_or_nothing(outcome->token)},
                        {"changed", outcome->changed},
                        {"skipped", outcome->skipped},
                        {"more", outcome->more}};
    return reply;
  }
}

std::optional<ports::RecordWrite> undo_write(const AlertView::Both& alert, const Body& item,
                                             const Principal& who, base::TimeNs now) {
  const Judgement before{item.text("status"), item.text("verdict"), item.text("reason"),
                         item.text("assignee")};
  const auto version = static_cast<std::uint64_t>(item.number("version", 0));
  if (alert.stored.version != version) return std::nullopt;
  return write_change(alert, before, who, now, "undone");
}

base::Result<BulkOutcome> undo_once(Call& call, const RestParts& parts, const AlertView& view,
                                    const ports::StoredRecord& token) {
  BulkOutcome out;
  boost::system::error_code failed;
  const Json document = boost::json::parse(token.document, failed);
  const Json* items = failed ? nullptr : Body(document).find("items");
  std::vector<ports::RecordWrite> writes;
  if (items != nullptr && items->is_array()) {
    for (const Json& one : items->get_array()) {
      const Body item(one);
      TRY_ASSIGN(const auto alert, view.get_both(item.text("id")));
      auto write = alert ? undo_write(*alert, item, call.principal(), parts.now()) : std::nullopt;
      if (write) {
        writes.push_back(std::move(*write));
        ++out.changed;
      } else {
        ++out.skipped;
      }
    }
  }
  ports::RecordWrite used;
  used.kind = ports::RecordWrite::Kind::remove;
  used.collection = kUndoCollection;
  used.id = token.id;
  used.expected_version = token.version;
  writes.push_back(std::move(used));
  TRY_ASSIGN(const auto versions, call.apply(writes));
  (void)versions;
  return out;
}

bool usable(const ports::StoredRecord& token, const Principal& who, base::TimeNs now) {
  const auto owner = token.columns.find("owner"), expires = token.columns.find("expires");
  if (owner == token.columns.end() || expires == token.columns.end()) return false;
  const auto* name = std::get_if<std::string>(&owner->second);
  const auto* end = std::get_if<std::int64_t>(&expires->second);
  return name && end && *name == who.user_id && *end > now;
}

Reply undo_change(Call& call, const RestParts& parts) {
  const AlertView view(parts, call);
  const std::string id = Body(call.body()).text("undo_token");
  if (id.empty() || id.size() > 64) return not_found("undo token");
  call.target("alerts");
  for (int attempt = 1;; ++attempt) {
    REPLY_ASSIGN(const auto token, parts.records->get(kUndoCollection, id));
    if (!token || !usable(*token, call.principal(), parts.now())) return not_found("undo token");
    const auto outcome = undo_once(call, parts, view, *token);
    if (!outcome.ok() && is_version_conflict(outcome.error()) && attempt < kAttempts) continue;
    if (!outcome.ok()) return problem_of(outcome.error());
    Reply reply;
    reply.body = object{{"restored", outcome->changed}, {"skipped", outcome->skipped}};
    return reply;
  }
}

}  // namespace
}  // namespace vedette::api::alerts_group

namespace vedette::api {

void add_alert_action_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = alerts_group;
  const auto add = [&](const char* operation, group::AnswerAlerts answer) {
    group::add_alert_handler(handlers, parts, operation, answer);
  };
  add("updateAlert", group::change_alert);
  add("commentAlert", group::comment_alert);
  add("updateAlerts", group::change_alerts);
  add("undoAlertChange", group::undo_change);
}

}  // namespace vedette::api
