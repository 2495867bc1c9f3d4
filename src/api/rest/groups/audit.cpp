// The audit log: list, export, verify.
#include <cstdlib>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "rest/groups.hpp"

namespace vedette::api {

using ports::ColumnTest;

namespace {

constexpr std::uint32_t kExportPage = 500;

ports::RecordQuery audit_query() {
  ports::RecordQuery query;
  query.collection = audit_collections().front().name;
  return query;
}

bool sees_all_tenants(const Principal& who) {
  return who.permissions.has(Permission::tenants_write);
}

// The chain is one for all tenants; who is to see the whole of it must be allowed to see them all.
base::Result<bool> sees_whole_chain(const RestParts& parts, const Principal& who) {
  if (sees_all_tenants(who)) return true;
  TRY_ASSIGN(const auto tenants, parts.records->count_by(audit_query(), "tenant", 2));
  for (const auto& [tenant, count] : tenants) {
    const std::string* name = std::get_if<std::string>(&tenant);
    if (!name || *name != who.scope.tenant) return false;
  }
  return true;
}

Reply needs_all_tenants() {
  return problem(403, "forbidden",
                 "The audit log has entries of other tenants, so this needs the permission tenants.write.");
}

// An entry that cannot be read is shown as one, for the page to be whole.
Json entry_json(const ports::StoredRecord& record) {
  auto entry = parse_audit_entry(record.document);
  if (!entry) {
    AuditEntry unreadable;
    unreadable.sequence = std::strtoull(record.id.c_str(), nullptr, 10);
    unreadable.action = "audit.unreadable";
    unreadable.outcome = "failure";
    unreadable.reason = "This entry was changed and cannot be read; POST /audit/verify tells more.";
    entry = std::move(unreadable);
  }
  boost::system::error_code error;
  return boost::json::parse(to_json(*entry), error);
}

// A problem if a time cannot be read.
std::optional<Reply> add_audit_filters(const Call& call, ports::RecordQuery& query) {
  const auto add = [&](const char* column, ColumnTest::Op op, ports::ColumnValue value) {
    query.tests.push_back({column, op, {std::move(value)}});
  };
  for (const auto& [name, op] :
       {std::pair("from", ColumnTest::Op::at_least), std::pair("to", ColumnTest::Op::less)}) {
    const auto text = call.query(name);
    if (!text) continue;
    const auto time = base::parse_iso8601(*text);
    if (!time) {
      return problem(422, "invalid", "A time cannot be read.",
                     {{std::string("query:") + name, "is not an RFC 3339 time"}});
    }
    add("time", op, *time);
  }
  for (const auto& [name, column] : {std::pair("actor", "actor_id"), std::pair("action", "action"),
                                     std::pair("target", "target"), std::pair("outcome", "outcome")}) {
    if (const auto text = call.query(name)) add(column, ColumnTest::Op::equals, std::string(*text));
  }
  if (!sees_all_tenants(call.principal())) {
    add("tenant", ColumnTest::Op::equals, call.principal().scope.tenant);
  }
  return std::nullopt;
}

Reply list_audit(const RestParts& parts, Call& call) {
  ports::RecordQuery query = audit_query();
  query.descending = true;
  query.limit = static_cast<std::uint32_t>(call.integer("limit", 100));
  if (const auto after = call.query("after")) query.after = *after;
  if (auto refused = add_audit_filters(call, query)) return std::move(*refused);
  REPLY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) items.push_back(entry_json(record));
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

base::Status write_chain(const RestParts& parts, const Call& call, Stream& out) {
  ports::RecordQuery query = audit_query();
  query.limit = kExportPage;
  std::string lines;
  do {
    TRY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
    lines.clear();
    for (const ports::StoredRecord& record : page.records) lines += record.document + "\n";
    if (call.cancellation().cancelled() || (!lines.empty() && !out.write(lines))) return base::ok_status();
    query.after = page.next;
  } while (!query.after.empty());
  return base::ok_status();
}

Reply export_audit(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(const bool allowed, sees_whole_chain(parts, call.principal()));
  if (!allowed) return needs_all_tenants();
  Stream& out = call.stream("application/x-ndjson",
                            {{"Content-Disposition", "attachment; filename=\"vedette-audit.ndjson\""}});
  if (!write_chain(parts, call, out).ok()) {
    out.write("{\"problem\":\"The export could not be completed: the records cannot be read.\"}\n");
  }
  Reply reply;
  reply.streamed = true;
  return reply;
}

Reply verify_audit_log(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(const bool allowed, sees_whole_chain(parts, call.principal()));
  if (!allowed) return needs_all_tenants();
  std::string anchor;
  if (const boost::json::object* body = call.body().if_object()) {
    if (const Json* given = body->if_contains("anchor"); given && given->is_string()) {
      anchor = given->get_string();
    }
  }
  REPLY_ASSIGN(const AuditVerdict verdict, verify_audit(*parts.records, parts.audit->anchor_file(), anchor));
  boost::json::array faults;
  for (const AuditFault& fault : verdict.faults) {
    faults.push_back(boost::json::object{{"sequence", fault.sequence}, {"what", fault.what}});
  }
  Reply reply;
  reply.body = boost::json::object{{"intact", verdict.faults.empty()},
                                   {"entries", verdict.entries},
                                   {"head", verdict.head},
                                   {"faults", std::move(faults)}};
  return reply;
}

}  // namespace

void add_audit_handlers(HandlerTable& handlers, const RestParts& parts) {
  const auto add = [&](const char* operation, Reply (*handle)(const RestParts&, Call&)) {
    handlers[operation] = [&parts, handle](Call& call) {
      if (!parts.audit || !parts.records) return not_found("audit log");
      return handle(parts, call);
    };
  };
  add("listAudit", list_audit);
  add("exportAudit", export_audit);
  add("verifyAudit", verify_audit_log);
}

}  // namespace vedette::api
