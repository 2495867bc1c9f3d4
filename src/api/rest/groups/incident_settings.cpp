// Templates of tasks, service levels, criticality.
#include "rest/groups/incident_json.hpp"
#include "rest/groups/search_support.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::array;
using boost::json::object;
using search_group::Body;

// One kind of setting: how it is read, shown and written.
template <typename T>
struct SettingKind;

template <>
struct SettingKind<cases::TaskTemplate> {
  static constexpr const char* kCollection = "task_templates";
  static constexpr const char* kPath = "task-templates";
  static constexpr const char* kName = "template";
  static auto list(const IncidentView& view, const std::string& after, std::uint32_t limit) {
    return view.book().templates(view.tenant(), after, limit);
  }
  static auto get(const IncidentView& view, std::string_view id) {
    return view.book().task_template(view.tenant(), id);
  }
  static auto put(const IncidentView& view, const cases::Actor& actor, cases::TaskTemplate value,
                  std::uint64_t version) {
    return view.book().put_template(actor, std::move(value), version);
  }
  static std::string take(const Body& body, cases::TaskTemplate& value) {
    if (body.find("name") != nullptr) value.name = body.text("name");
    if (body.find("description") != nullptr) value.description = body.text("description");
    const Json* tasks = body.find("tasks");
    if (tasks == nullptr || !tasks->is_array()) return {};
    value.items.clear();
    for (const Json& one : tasks->get_array()) {
      const Body task(one);
      cases::TaskTemplate::Item item{task.text("title"), task.text("description"), {}};
      const Json* due = task.find("due_seconds");
      if (due != nullptr && due->is_number())
        item.due_after = task.number("due_seconds", 0) * base::kNsPerSecond;
      value.items.push_back(std::move(item));
    }
    return {};
  }
  static object json(const cases::TaskTemplate& value) {
    array tasks;
    for (const cases::TaskTemplate::Item& item : value.items) {
      tasks.emplace_back(object{
          {"title", item.title},
          {"description", item.description},
          {"due_seconds", item.due_after ? Json(*item.due_after / base::kNsPerSecond) : Json(nullptr)}});
    }
    return {{"name", value.name}, {"description", value.description}, {"tasks", std::move(tasks)}};
  }
};

template <>
struct SettingKind<cases::SlaPolicy> {
  static constexpr const char* kCollection = "sla_policies";
  static constexpr const char* kPath = "sla-policies";
  static constexpr const char* kName = "service level";
  static auto list(const IncidentView& view, const std::string& after, std::uint32_t limit) {
    return view.book().policies(view.tenant(), after, limit);
  }
  static base::Result<std::optional<cases::SlaPolicy>> get(const IncidentView& view, std::string_view id) {
    model::Level level{};
    if (!model::parse_level(id, level) || model::level_name(level) != id)
      return std::optional<cases::SlaPolicy>();
    return view.book().policy(view.tenant(), level);
  }
  static auto put(const IncidentView& view, const cases::Actor& actor, cases::SlaPolicy value,
                  std::uint64_t version) {
    return view.book().put_policy(actor, std::move(value), version);
  }
  static std::string take(const Body& body, cases::SlaPolicy& value) {
    if (const std::string name = body.text("severity"); !name.empty()) {
      if (!model::parse_level(name, value.severity)) return "/severity";
    }
    if (body.find("name") != nullptr) value.name = body.text("name");
    const auto seconds = [&](const char* name, base::TimeNs& target) {
      if (body.find(name) != nullptr) target = body.number(name, 0) * base::kNsPerSecond;
    };
    seconds("acknowledge_seconds", value.acknowledge);
    seconds("contain_seconds", value.contain);
    seconds("resolve_seconds", value.resolve);
    if (body.find("pausing") != nullptr) value.pausing = body.flag("pausing");
    return {};
  }
  static object json(const cases::SlaPolicy& value) {
    const auto seconds = [](base::TimeNs target) {
      return target == 0 ? Json(nullptr) : Json(target / base::kNsPerSecond);
    };
    return {{"severity", model::level_name(value.severity)},     {"name", value.name},
            {"acknowledge_seconds", seconds(value.acknowledge)}, {"contain_seconds", seconds(value.contain)},
            {"resolve_seconds", seconds(value.resolve)},         {"pausing", value.pausing}};
  }
};

template <>
struct SettingKind<cases::CriticalityEntry> {
  static constexpr const char* kCollection = "criticality";
  static constexpr const char* kPath = "criticality";
  static constexpr const char* kName = "entry";
  static auto list(const IncidentView& view, const std::string& after, std::uint32_t limit) {
    return view.book().criticality(view.tenant(), after, limit);
  }
  static auto get(const IncidentView& view, std::string_view id) {
    return view.book().criticality_entry(view.tenant(), id);
  }
  static auto put(const IncidentView& view, const cases::Actor& actor, cases::CriticalityEntry value,
                  std::uint64_t version) {
    return view.book().put_criticality(actor, std::move(value), version);
  }
  static std::string take(const Body& body, cases::CriticalityEntry& value) {
    if (const std::string name = body.text("kind"); !name.empty()) {
      bool known = false;
      for (int i = 0; i < 8 && !known; ++i) {
        value.kind = static_cast<model::EntityKind>(i);
        known = model::entity_kind_name(value.kind) == name;
      }
      if (!known) return "/kind";
    }
    if (body.find("pattern") != nullptr) value.pattern = body.text("pattern");
    if (body.find("note") != nullptr) value.note = body.text("note");
    if (const Json* factor = body.find("factor"); factor && factor->is_number())
      value.factor = factor->to_number<double>();
    value.position = body.number("position", value.position);
    return {};
  }
  static object json(const cases::CriticalityEntry& value) {
    return {{"kind", model::entity_kind_name(value.kind)},
            {"pattern", value.pattern},
            {"factor", value.factor},
            {"position", value.position},
            {"note", value.note}};
  }
};

template <typename T>
object setting_json(const T& value) {
  object out = SettingKind<T>::json(value);
  out["id"] = value.id;
  out["version"] = value.version;
  out["changed"] = time_json(value.changed);
  out["by"] = value.by;
  return out;
}

template <typename T>
Reply setting_reply(const T& value, int status) {
  Reply reply;
  reply.status = status;
  reply.body = setting_json(value);
  reply.etag = std::to_string(value.version);
  return reply;
}

template <typename T>
Reply list_settings(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const auto page,
              SettingKind<T>::list(view, std::string(call.query("after").value_or("")), page_limit(call)));
  array items;
  for (const T& value : page.items) items.emplace_back(setting_json(value));
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

template <typename T>
Reply get_setting(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<T> value, SettingKind<T>::get(view, call.path("id")));
  return value ? setting_reply(*value, 200) : not_found(SettingKind<T>::kName);
}

template <typename T>
Reply make_setting(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  T value;
  if (const std::string wrong = SettingKind<T>::take(Body(call.body()), value); !wrong.empty())
    return invalid_input(wrong, "is not known");
  call.target(SettingKind<T>::kPath);
  call.note("value", boost::json::serialize(call.body()));
  const auto made = SettingKind<T>::put(view, actor_of(call, parts), std::move(value), 0);
  if (!made.ok() && made.error().code == base::ErrorCode::busy &&
      made.error().message.starts_with("conflict"))
    return problem(409, "exists", "there is one already; change it instead");
  if (!made.ok()) return problem_of_book(made.error());
  Reply reply = setting_reply(*made, 201);
  reply.headers.emplace_back("Location", "/api/v1/" + std::string(SettingKind<T>::kPath) + "/" + made->id);
  return reply;
}

template <typename T>
Reply change_setting(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(std::optional<T> value, SettingKind<T>::get(view, call.path("id")));
  if (!value) return not_found(SettingKind<T>::kName);
  WantedVersion wanted = wanted_version(call);
  if (wanted.refusal) return std::move(*wanted.refusal);
  const bool any = wanted.version == cases::IncidentBook::kAnyVersion;
  if (!any && wanted.version != value->version)
    return problem(412, "changed", "it has been changed since you read it; read it again");
  if (const std::string wrong = SettingKind<T>::take(Body(call.body()), *value); !wrong.empty())
    return invalid_input(wrong, "is not known");
  call.target(std::string(SettingKind<T>::kPath) + "/" + value->id);
  call.note("change", boost::json::serialize(call.body()));
  const std::uint64_t version = value->version;
  BOOK_ASSIGN(const T changed, SettingKind<T>::put(view, actor_of(call, parts), std::move(*value), version));
  return setting_reply(changed, 200);
}

template <typename T>
Reply delete_setting(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<T> value, SettingKind<T>::get(view, call.path("id")));
  if (!value) return not_found(SettingKind<T>::kName);
  WantedVersion wanted = wanted_version(call);
  if (wanted.refusal) return std::move(*wanted.refusal);
  call.target(std::string(SettingKind<T>::kPath) + "/" + value->id);
  const base::Status done = view.book().remove_setting(actor_of(call, parts), SettingKind<T>::kCollection,
                                                       value->id, wanted.version);
  if (!done.ok()) return problem_of_book(done.error());
  Reply reply;
  reply.status = 204;
  return reply;
}

template <typename T>
void add_setting_handlers(HandlerTable& handlers, const RestParts& parts, const std::string& one,
                          const std::string& many) {
  const auto add = [&](const std::string& operation, AnswerIncidents answer) {
    add_incident_handler(handlers, parts, operation.c_str(), answer);
  };
  add("list" + many, list_settings<T>);
  add("create" + one, make_setting<T>);
  add("get" + one, get_setting<T>);
  add("update" + one, change_setting<T>);
  add("delete" + one, delete_setting<T>);
}

}  // namespace

void add_incident_setting_handlers(HandlerTable& handlers, const RestParts& parts) {
  add_setting_handlers<cases::TaskTemplate>(handlers, parts, "TaskTemplate", "TaskTemplates");
  add_setting_handlers<cases::SlaPolicy>(handlers, parts, "SlaPolicy", "SlaPolicies");
  add_setting_handlers<cases::CriticalityEntry>(handlers, parts, "Criticality", "Criticalities");
}

}  // namespace vedette::api::incidents_group
