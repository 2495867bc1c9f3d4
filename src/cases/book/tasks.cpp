// Tasks of a case, by hand and of templates.
#include <algorithm>

#include <fmt/format.h>

#include "book/book_records.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::RecordWrite;

base::Status check_task(const Task& task) {
  if (base::trim(task.title).empty()) return refuse("a task has a title");
  if (task.title.size() > 1'200) return refuse("the title of the task is too long");
  if (task.description.size() > 40'000) return refuse("the description of the task is too long");
  if (task.assignee.size() > 512) return refuse("the assignee's name is too long");
  return base::ok_status();
}

base::Status check_room(const Case& value, std::size_t more) {
  if (value.tasks.size() + more <= kMaxTasks) return base::ok_status();
  return base::make_error(base::ErrorCode::limit, "an incident has at most 200 tasks");
}

void say(const Actor& actor, const Case& value, std::string text, std::vector<RecordWrite>& writes) {
  writes.push_back(
      write_of(change_entry(actor, std::move(text)), value.incident.id, value.incident.tenant, 0));
}

const char* state_word(Task::State state) {
  switch (state) {
    case Task::State::open:
      return "open again";
    case Task::State::done:
      return "done";
    case Task::State::skipped:
      return "skipped";
  }
  return "open again";
}

std::string edit_task(const Actor& actor, Task& task, const TaskChange& change) {
  std::string what;
  const auto add = [&](const std::string& text) { what += (what.empty() ? "" : "; ") + text; };
  if (change.title && *change.title != task.title) {
    add("title: " + task.title + " -> " + *change.title);
    task.title = *change.title;
  }
  if (change.description && *change.description != task.description) {
    add("description changed");
    task.description = *change.description;
  }
  if (change.assignee && *change.assignee != task.assignee) {
    add("assignee: " + (task.assignee.empty() ? "nobody" : task.assignee) + " -> " +
        (change.assignee->empty() ? "nobody" : *change.assignee));
    task.assignee = *change.assignee;
  }
  if (change.due && *change.due != task.due) {
    add(*change.due == 0 ? std::string("no due time") : "due " + base::format_rfc3339(*change.due));
    task.due = *change.due;
  }
  if (change.state && *change.state != task.state) {
    task.state = *change.state;
    const bool over = task.state != Task::State::open;
    task.done = over ? actor.now : 0;
    task.done_by = over ? actor.name : std::string();
    add(state_word(task.state));
  }
  return what;
}

auto find_task(Case& value, std::string_view id) {
  return std::find_if(value.tasks.begin(), value.tasks.end(),
                      [&](const Task& task) { return task.id == id; });
}

}  // namespace

base::Result<Case> IncidentBook::add_task(const Actor& actor, std::string_view incident, Task task) {
  TRY(check_task(task));
  task.id = random_id();
  task.created = actor.now;
  return edit_case(actor, records_, incident, kAnyVersion,
                   [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
                     TRY(check_room(value, 1));
                     value.tasks.push_back(task);
                     say(actor, value, "Task added: " + task.title, writes);
                     return base::ok_status();
                   });
}

base::Result<Case> IncidentBook::update_task(const Actor& actor, std::string_view incident,
                                             std::string_view id, const TaskChange& change) {
  return edit_case(actor, records_, incident, kAnyVersion,
                   [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
                     const auto task = find_task(value, id);
                     if (task == value.tasks.end()) return is_missing("task");
                     const std::string title = task->title;
                     const std::string what = edit_task(actor, *task, change);
                     TRY(check_task(*task));
                     if (!what.empty()) say(actor, value, "Task \"" + title + "\": " + what + ".", writes);
                     return base::ok_status();
                   });
}

base::Result<Case> IncidentBook::remove_task(const Actor& actor, std::string_view incident,
                                             std::string_view id) {
  return edit_case(actor, records_, incident, kAnyVersion,
                   [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
                     const auto task = find_task(value, id);
                     if (task == value.tasks.end()) return is_missing("task");
                     say(actor, value, "Task deleted: " + task->title, writes);
                     value.tasks.erase(task);
                     return base::ok_status();
                   });
}

base::Result<Case> IncidentBook::apply_template(const Actor& actor, std::string_view incident,
                                                std::string_view id) {
  TRY_ASSIGN(const std::optional<TaskTemplate> found, task_template(actor.tenant, id));
  if (!found) return is_missing("template");
  return edit_case(
      actor, records_, incident, kAnyVersion,
      [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
        std::vector<Task> added;
        for (const TaskTemplate::Item& item : found->items) {
          const bool there = std::any_of(value.tasks.begin(), value.tasks.end(), [&](const Task& task) {
            return task.template_id == found->id && task.title == item.title;
          });
          if (there) continue;
          Task task;
          task.id = random_id();
          task.title = item.title;
          task.description = item.description;
          task.template_id = found->id;
          task.created = actor.now;
          if (item.due_after) task.due = actor.now + *item.due_after;
          added.push_back(std::move(task));
        }
        TRY(check_room(value, added.size()));
        if (added.empty()) return base::ok_status();
        say(actor, value, fmt::format("{} tasks of the template \"{}\" added.", added.size(), found->name),
            writes);
        std::move(added.begin(), added.end(), std::back_inserter(value.tasks));
        return base::ok_status();
      });
}

}  // namespace vedette::cases
