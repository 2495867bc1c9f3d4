// Entities with their risk.
#include "rest/groups/incident_json.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::array;
using boost::json::object;
using ports::ColumnTest;

std::vector<ports::ColumnValue> shown_kinds(const IncidentView& view) {
  std::vector<ports::ColumnValue> out;
  for (int i = 0; i < 8; ++i) {
    const auto kind = static_cast<model::EntityKind>(i);
    if (view.shows(kind)) out.emplace_back(std::string(model::entity_kind_name(kind)));
  }
  return out;
}

std::optional<Reply> only_with_all_rows(const IncidentView& view) {
  if (!view.rows_hidden()) return std::nullopt;
  return problem(403, "scope", "The risk of entities is made of all events: you do not see all of them.");
}

object risk_json(const cases::EntityRiskRow& row) {
  return {{"id", cases::entity_risk_id(row.tenant, row.entity)},
          {"kind", model::entity_kind_name(row.entity.kind)},
          {"value", row.entity.value},
          {"risk", row.risk},
          {"criticality", row.criticality},
          {"first", time_json(row.first)},
          {"last", time_json(row.last)},
          {"at", time_json(row.at)},
          {"alerts", row.alerts}};
}

Reply list_entities(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  if (auto refused = only_with_all_rows(view)) return std::move(*refused);
  ports::RecordQuery query;
  query.collection = "entity_risk";
  query.tests.push_back(view.alerts().tenant_test());
  query.tests.push_back({"kind", ColumnTest::Op::in, shown_kinds(view)});
  if (const auto kind = call.query("kind"))
    query.tests.push_back({"kind", ColumnTest::Op::equals, {std::string(*kind)}});
  if (const auto text = call.query("text"); text && !text->empty())
    query.tests.push_back({"value", ColumnTest::Op::contains, {std::string(*text)}});
  if (const auto value = call.query("value"))
    query.tests.push_back({"value", ColumnTest::Op::equals, {std::string(*value)}});
  if (const auto text = call.query("risk")) {
    if (const auto risk = base::parse_double(*text))
      query.tests.push_back({"risk", ColumnTest::Op::at_least, {*risk}});
  }
  std::string_view sort = call.query("sort").value_or("-risk");
  query.descending = sort.starts_with('-');
  if (query.descending) sort.remove_prefix(1);
  query.order_by = std::string(sort);
  query.after = std::string(call.query("after").value_or(""));
  query.limit = page_limit(call);
  BOOK_ASSIGN(const auto page, view.book().entity_risks(query));
  array items;
  for (const cases::EntityRiskRow& row : page.items) items.emplace_back(risk_json(row));
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

Reply get_entity(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  if (auto refused = only_with_all_rows(view)) return std::move(*refused);
  BOOK_ASSIGN(const std::optional<cases::EntityRiskRow> row,
              view.book().entity_risk(view.tenant(), call.path("id")));
  if (!row || !view.shows(row->entity.kind)) return not_found("entity");
  cases::CaseFilter filter;
  filter.tenant = view.tenant();
  filter.entity = std::string(model::entity_kind_name(row->entity.kind)) + ":" + row->entity.value;
  ports::RecordQuery query = cases::query_of(filter);
  query.order_by = "updated";
  query.limit = 20;
  BOOK_ASSIGN(const auto page, view.book().find(query));
  array incidents;
  for (const cases::Case& value : page.items) {
    BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.see(value, false));
    if (seen) incidents.emplace_back(item_json(*seen));
  }
  std::vector<model::Contribution> contributions = row->contributions;
  if (view.masked()) {
    for (model::Contribution& one : contributions) one.reason.clear();
  }
  object out = risk_json(*row);
  out["contributions"] = contributions_json(contributions);
  out["incidents"] = std::move(incidents);
  Reply reply;
  reply.body = std::move(out);
  return reply;
}

}  // namespace

void add_entity_handlers(HandlerTable& handlers, const RestParts& parts) {
  add_incident_handler(handlers, parts, "listEntities", list_entities);
  add_incident_handler(handlers, parts, "getEntity", get_entity);
}

}  // namespace vedette::api::incidents_group
