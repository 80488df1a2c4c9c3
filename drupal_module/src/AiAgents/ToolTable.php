<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * Which tools of background agents have the effect of an AI agent's tool.
 *
 * Made from what the code of AI Agents 1.2 does. A tool whose effect nothing
 * here has is not mapped: half of it would be worse than a name in a list.
 *
 * @internal
 */
final class ToolTable {

  private const DRAFTS = 'They leave drafts for people to review, where the AI agent saves at once, and check each value, which the AI agent does not.';

  /**
   * Tools with the same effect: the tools here, and what is different.
   */
  private const SAME = [
    'ai_agent:list_content_entities' => [
      ['find_items', 'read_item'],
      'Items are named by UUID, not by number; find_items finds by one type of content at a time.',
    ],
    'ai_agent:list_taxonomy_term' => [
      ['find_items'],
      'Terms are named by UUID, not by number; the permission to administer taxonomy is not needed.',
    ],
    'ai_agent:get_current_content_entity_values' => [
      ['read_item'],
      'It reads the newest revision that the account may see, by UUID, not the published one by number.',
    ],
    'ai_agent:get_entity_field_information' => [
      ['describe_content'],
      'It tells of the content that the agent may touch, not of all.',
    ],
    'ai_agent:get_field_values_and_context' => [
      ['describe_content'],
      'It tells of all fields of a type at once, and of the content that the agent may touch.',
    ],
    'ai_agent:list_bundles' => [['describe_content'], 'It tells of the content that the agent may touch, not of all.'],
    'ai_agent:list_entity_types' => [
      ['describe_content'],
      'It tells of the content that the agent may touch, not of all, and never of configuration.',
    ],
    'ai_agent:content_entity_seeder' => [['create_draft', 'revise_draft', 'describe_content'], self::DRAFTS],
    'ai_agent:modify_taxonomy_term' => [
      ['create_draft', 'revise_draft', 'describe_content'],
      self::DRAFTS . ' The vocabulary needs a workflow for that.',
    ],
  ];

  /**
   * Tools that are not needed here.
   */
  private const NOT_NEEDED = [
    'ai_agent:preparing_response' => 'Not needed: a run ends with its answer.',
  ];

  /**
   * Tools that are missing, and why; "*" stands for any end.
   */
  private const MISSING = [
    'ai_agent:vision' => 'Background agents do not look at images.',
    'ai_agent:html_to_markdown' => 'No tool here turns HTML into Markdown.',
    'ai_agent:agent_ckeditor_output' => 'It hands text to an editor on the screen; a background agent has none.',
    'ai_agent:create_agent_config_tools_enabled' => 'It is a part of another tool.',
    'ai_agent:content_entity_field_values_list' => 'It is a part of another tool.',
    'ai_agent:content_entity_field_value' => 'It is a part of another tool.',
    'ai_agent:create_*' => self::CONFIGURATION,
    'ai_agent:edit_*' => self::CONFIGURATION,
    'ai_agent:manipulate_*' => self::CONFIGURATION,
    'ai_agent:modify_*' => self::CONFIGURATION,
    'ai_agent:get_*' => self::READS_CONFIGURATION,
    'ai_agent:list_*' => self::READS_CONFIGURATION,
    'ai_agents::ai_agent::*' => 'A background agent does not call other agents. Import that AI agent by itself, and start it by a trigger or an ECA model.',
    'action_plugin:*' => 'Actions run without an access check, so background agents have none. Let an ECA model take the action when the run has finished.',
    'tool:*' => 'Tools of the Tool API are reached through an MCP server: add one to the agent.',
    'ai_search:*' => 'Background agents search by fields, not by meaning. An MCP server can offer such a search.',
    'automator_plugin:*' => 'Automators save at once. Let an ECA model start them when the run has finished.',
  ];

  private const CONFIGURATION = 'Background agents do not change configuration.';
  private const READS_CONFIGURATION = 'Background agents do not read configuration.';

  /**
   * What a tool is here.
   */
  public static function of(string $id): ToolMatch {
    if (isset(self::SAME[$id])) {
      [$tools, $difference] = self::SAME[$id];
      return new ToolMatch($tools, NoteKind::Different, implode(', ', $tools) . '. ' . $difference);
    }
    if (isset(self::NOT_NEEDED[$id])) {
      return new ToolMatch([], NoteKind::LeftOut, self::NOT_NEEDED[$id]);
    }
    foreach (self::MISSING as $pattern => $reason) {
      if ($pattern === $id || (str_ends_with($pattern, '*') && str_starts_with($id, substr($pattern, 0, -1)))) {
        return new ToolMatch([], NoteKind::Missing, $reason);
      }
    }
    return new ToolMatch([], NoteKind::Missing, 'No tool of background agents is known to do the same.');
  }

  /**
   * The ids of AI agents' tools that have the same effect here.
   *
   * @return string[]
   *   Their ids.
   */
  public static function mapped(): array {
    return array_keys(self::SAME);
  }

}
