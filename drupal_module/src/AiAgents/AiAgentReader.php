<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Contract\SchemaCheck;

/**
 * Reads what an AI agent is from its configuration, whatever that holds.
 *
 * From the configuration, not from the entity: that refuses to be made of a
 * value that has another type. Each part that says anything leaves a note.
 *
 * @internal
 */
final class AiAgentReader {

  private const INSTRUCTIONS = '[ai_agent:agent_instructions]';

  /**
   * The longest prompt that a job takes.
   */
  private const LONGEST_PROMPT = 100000;

  /**
   * What the form of an agent takes.
   */
  private const LONGEST_LABEL = 255;
  private const LONGEST_DESCRIPTION = 1000;

  /**
   * Keys that say nothing of what the agent does.
   */
  private const PLAIN = ['uuid', 'langcode', 'status', 'dependencies', 'id', 'weight', '_core'];

  /**
   * Keys that the readers below read.
   */
  private const READ = [
    'label', 'description', 'system_prompt', 'secured_system_prompt', 'tools', 'tool_settings', 'tool_usage_limits', 'default_information_tools',
    'max_loops', 'orchestration_agent', 'triage_agent', 'masquerade_roles', 'exclude_users_role', 'structured_output_enabled', 'structured_output_schema',
  ];

  /**
   * Reads an AI agent.
   *
   * @param string $id
   *   Its id.
   * @param array<array-key, mixed> $data
   *   Its configuration.
   */
  public static function read(string $id, array $data): MappedAgent {
    [$prompt, $of_prompt] = self::prompt($data);
    [$schema, $of_schema] = self::output($data);
    $tools = ToolsReader::read($data);
    $steps = Untyped::count($data['max_loops'] ?? NULL);
    return new MappedAgent(
      id: $id,
      label: mb_substr(self::line($data['label'] ?? '') ?: $id, 0, self::LONGEST_LABEL),
      description: mb_substr(self::line($data['description'] ?? ''), 0, self::LONGEST_DESCRIPTION),
      systemPrompt: $prompt,
      tools: $tools->tools,
      outputSchema: $schema,
      steps: $steps,
      reach: $tools->reach,
      notes: [
        ...$of_prompt,
        ...$tools->notes,
        ...self::loops($data['max_loops'] ?? NULL, $steps),
        ...$of_schema,
        ...self::roles($data),
        ...self::rest($data),
      ],
    );
  }

  /**
   * A text of one line.
   */
  private static function line(mixed $value): string {
    return (string) preg_replace('/\s+/u', ' ', Untyped::text($value));
  }

  /**
   * Reads the instructions, inside the secured prompt where there is one.
   *
   * @return array{0: string, 1: list<\Drupal\background_agents\AiAgents\Note>}
   *   The system prompt, and what becomes of its parts.
   */
  private static function prompt(array $data): array {
    $instructions = Untyped::text($data['system_prompt'] ?? '');
    $secured = Untyped::text($data['secured_system_prompt'] ?? '') ?: self::INSTRUCTIONS;
    $prompt = trim(str_replace(self::INSTRUCTIONS, $instructions, $secured));
    $notes = match (TRUE) {
      $prompt === '' => [new Note('Instructions', 'There are none. An agent needs a system prompt.', NoteKind::Missing)],
      mb_strlen($prompt) > self::LONGEST_PROMPT => [new Note('Instructions', 'They are longer than 100,000 characters; the end is cut off.', NoteKind::Missing)],
      default => [new Note('Instructions', 'The system prompt.', NoteKind::Taken)],
    };
    if ($secured !== self::INSTRUCTIONS) {
      $notes[] = new Note('Secured system prompt', str_contains($secured, self::INSTRUCTIONS) ? 'The system prompt, with the instructions inside it.' : 'The system prompt. It does not show the instructions, so they are left out.', NoteKind::Taken);
    }
    // As Drupal finds tokens; a list of Markdown is none.
    preg_match_all('/\[[a-z][\w-]*:[^\s\[\]]+\]/i', $prompt, $tokens);
    if ($tokens[0] !== []) {
      $notes[] = new Note('Tokens in the instructions', sprintf('Tokens are not replaced in the system prompt: %s. Give such values by the input of a run.', implode(', ', array_unique($tokens[0]))), NoteKind::Missing);
    }
    return [mb_substr($prompt, 0, self::LONGEST_PROMPT), $notes];
  }

  /**
   * Reads how often the model may be asked.
   *
   * @return list<\Drupal\background_agents\AiAgents\Note>
   *   What becomes of it.
   */
  private static function loops(mixed $loops, ?int $steps): array {
    return match (TRUE) {
      $steps !== NULL => [new Note('Max loops', "At most $steps model requests in a run. A run that needs more fails and says so; an AI agent ends without a word.", NoteKind::Taken)],
      $loops === NULL => [],
      default => [new Note('Max loops', sprintf('This is no number above 0: %s. The limit of the site holds.', Untyped::shown($loops)), NoteKind::LeftOut)],
    };
  }

  /**
   * Reads the schema of the output: JSON in a text.
   *
   * @return array{0: string|null, 1: list<\Drupal\background_agents\AiAgents\Note>}
   *   The schema, and what becomes of it.
   */
  private static function output(array $data): array {
    $given = $data['structured_output_schema'] ?? '';
    $text = is_array($given) && $given !== [] ? (string) json_encode($given, JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE) : Untyped::text($given);
    if (!Untyped::flag($data['structured_output_enabled'] ?? FALSE)) {
      return [
        NULL,
        $text === '' ? [] : [new Note('Structured output', 'It is off, so its schema is left out.', NoteKind::LeftOut)],
      ];
    }
    if ($text === '') {
      return [
        NULL,
        [new Note('Structured output', 'It is on without a schema: the answer is text.', NoteKind::LeftOut)],
      ];
    }
    try {
      $schema = JsonText::readObject($text);
    }
    catch (\InvalidArgumentException $error) {
      return [NULL, [new Note('Structured output', $error->getMessage(), NoteKind::Missing)]];
    }
    // Providers take the schema with a name around it.
    foreach (['schema', 'json_schema'] as $inner) {
      $schema = isset($schema->name) && ($schema->$inner ?? NULL) instanceof \stdClass ? $schema->$inner : $schema;
    }
    $problems = SchemaCheck::problems($schema);
    if ($problems !== []) {
      return [NULL, [new Note('Structured output', implode(' ', $problems), NoteKind::Missing)]];
    }
    return [
      (string) json_encode($schema, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION),
      [new Note('Structured output', 'The output schema.', NoteKind::Taken)],
    ];
  }

  /**
   * What becomes of roles and of the place among other agents.
   *
   * @return list<\Drupal\background_agents\AiAgents\Note>
   *   One for each that says anything.
   */
  private static function roles(array $data): array {
    $notes = [];
    $roles = Untyped::texts($data['masquerade_roles'] ?? []);
    if ($roles !== []) {
      $notes[] = new Note('Masquerade roles', sprintf('They are never taken over (%s): a background agent acts as an account of its own, with its role.', implode(', ', $roles)), NoteKind::Different);
    }
    if (Untyped::flag($data['exclude_users_role'] ?? FALSE)) {
      $notes[] = new Note('Exclude users role', 'Not needed: a background agent never acts with the roles of a person.', NoteKind::LeftOut);
    }
    foreach (['orchestration_agent' => 'Orchestration agent', 'triage_agent' => 'Triage agent'] as $key => $part) {
      if (Untyped::flag($data[$key] ?? FALSE)) {
        $notes[] = new Note($part, 'No other agent calls a background agent; a trigger, a model or a person starts it.', NoteKind::LeftOut);
      }
    }
    return $notes;
  }

  /**
   * What nothing here reads.
   *
   * @return list<\Drupal\background_agents\AiAgents\Note>
   *   One for each key that says anything.
   */
  private static function rest(array $data): array {
    $notes = [];
    foreach (['label' => self::LONGEST_LABEL, 'description' => self::LONGEST_DESCRIPTION] as $key => $most) {
      if (mb_strlen(self::line($data[$key] ?? '')) > $most) {
        $notes[] = new Note(ucfirst($key), "It is longer than $most characters; the end is cut off.", NoteKind::LeftOut);
      }
    }
    foreach (array_diff_key($data, array_flip([...self::PLAIN, ...self::READ])) as $key => $value) {
      // How the modeler draws the agent says nothing of what it does.
      if (Untyped::isFilled($value) && $key !== 'third_party_settings') {
        $notes[] = new Note((string) $key, sprintf('Nothing is known of this: %s', Untyped::shown($value)), NoteKind::LeftOut);
      }
    }
    foreach (array_diff_key(Untyped::map($data['third_party_settings'] ?? []), ['modeler_api' => TRUE]) as $module => $value) {
      $notes[] = new Note("Settings of the module $module", Untyped::shown($value), NoteKind::LeftOut);
    }
    return $notes;
  }

}
