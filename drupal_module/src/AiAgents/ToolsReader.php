<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

use Symfony\Component\Yaml\Exception\ParseException;
use Symfony\Component\Yaml\Yaml;

/**
 * Reads the tools of an AI agent from its configuration.
 *
 * @internal
 */
final class ToolsReader {

  /**
   * Limits of these properties say which content a tool reaches.
   */
  private const TYPE = 'entity_type';
  private const BUNDLES = ['bundle' => NULL, 'vid' => 'taxonomy_term'];

  /**
   * What the settings of a tool ask for that there is not here.
   */
  private const SETTINGS = [
    'return_directly' => 'The run does not end with what this tool gives; the model answers.',
    'require_usage' => 'The model is not made to call it. Say so in the system prompt.',
    'use_artifacts' => 'There are no artifacts: the model reads what the tool gives.',
    'description_override' => 'The description of the tool stays as it is. Say in the system prompt what it shall be used for.',
    'property_description_override' => 'The descriptions of its arguments stay as they are.',
    'progress_message' => 'The page of the run says itself what is being done.',
  ];

  /**
   * Reads them, whatever the configuration holds.
   *
   * @param array<array-key, mixed> $data
   *   The configuration of an AI agent.
   */
  public static function read(array $data): ReadTools {
    $tools = $notes = [];
    $reach = new Reach();
    foreach (self::ids($data['tools'] ?? NULL) as $id) {
      $match = ToolTable::of($id);
      $notes[] = new Note("Tool $id", $match->text, $match->kind);
      array_push($tools, ...$match->tools);
      if ($match->kind === NoteKind::Missing) {
        continue;
      }
      [$reach, $told] = self::limits($id, $match, self::ofTool($data['tool_usage_limits'] ?? NULL, $id), $reach);
      array_push($notes, ...$told, ...self::settings($id, self::ofTool($data['tool_settings'] ?? NULL, $id)));
    }
    [$looked, $told] = self::information($data['default_information_tools'] ?? NULL);
    $tools = array_values(array_unique([...$tools, ...$looked]));
    sort($tools);
    return new ReadTools($tools, $reach, [...$notes, ...$told]);
  }

  /**
   * The ids of the tools that are on: a map of id and switch, or a list.
   *
   * @return string[]
   *   Each once.
   */
  private static function ids(mixed $tools): array {
    $ids = [];
    foreach (is_string($tools) ? [$tools] : Untyped::map($tools) as $id => $value) {
      $ids[] = is_int($id) ? $value : (Untyped::isFilled($value) ? $id : '');
    }
    return Untyped::texts($ids);
  }

  /**
   * What is said of a tool: its key may have blanks around it.
   *
   * @return array<array-key, mixed>
   *   Nothing, when nothing is.
   */
  private static function ofTool(mixed $map, string $tool): array {
    foreach (Untyped::map($map) as $id => $value) {
      if (Untyped::text($id) === $tool) {
        return Untyped::map($value);
      }
    }
    return [];
  }

  /**
   * Reads what a tool is limited to.
   *
   * @return array{0: \Drupal\background_agents\AiAgents\Reach, 1: list<\Drupal\background_agents\AiAgents\Note>}
   *   The reach with this tool, and what becomes of each limit.
   */
  private static function limits(string $id, ToolMatch $match, array $limits, Reach $reach): array {
    $types = $bundles = NULL;
    $notes = [];
    foreach ($limits as $property => $limit) {
      $limit = Untyped::map($limit);
      $action = Untyped::text($limit['action'] ?? '');
      if ($action === '') {
        continue;
      }
      $values = Untyped::texts($limit['values'] ?? []);
      $property = Untyped::text($property);
      $notes[] = self::limit("Limit of $property in $id", $property, $values);
      if (end($notes)->kind === NoteKind::Taken) {
        $types = $property === self::TYPE ? $values : (self::BUNDLES[$property] ?? NULL ? [self::BUNDLES[$property]] : $types);
        $bundles = $property === self::TYPE ? $bundles : $values;
      }
    }
    // Tools for terms reach nothing else.
    $types ??= str_contains($id, 'taxonomy_term') ? ['taxonomy_term'] : NULL;
    return [$reach->with($match->operations(), $types, $bundles), $notes];
  }

  /**
   * What becomes of one limit.
   */
  private static function limit(string $part, string $property, array $values): Note {
    return match (TRUE) {
      $values === [] => new Note($part, 'It names no value, so it is left out.', NoteKind::LeftOut),
      array_filter($values, static fn (string $value): bool => str_contains($value, '[')) !== [] => new Note($part, sprintf('Tokens are not replaced: %s.', implode(', ', $values)), NoteKind::Missing),
      $property === self::TYPE, array_key_exists($property, self::BUNDLES) => new Note($part, sprintf('The content of the agent: %s.', implode(', ', $values)), NoteKind::Taken),
      default => new Note($part, sprintf('This limit (%s) cannot be kept here.', implode(', ', $values)), NoteKind::Missing),
    };
  }

  /**
   * What becomes of the settings of a tool.
   *
   * @return list<\Drupal\background_agents\AiAgents\Note>
   *   One for each setting that is on.
   */
  private static function settings(string $id, array $settings): array {
    $notes = [];
    foreach ($settings as $name => $value) {
      if (Untyped::isFilled($value)) {
        $shown = is_string($value) || is_array($value) ? sprintf(' (%s)', Untyped::shown($value)) : '';
        $notes[] = new Note("Setting $name of $id", (self::SETTINGS[$name] ?? 'Nothing is known of this setting.') . $shown, NoteKind::Different);
      }
    }
    return $notes;
  }

  /**
   * Reads the tools that fill the prompt: YAML in a text.
   *
   * @return array{0: string[], 1: list<\Drupal\background_agents\AiAgents\Note>}
   *   Tools of background agents, and what becomes of each.
   */
  private static function information(mixed $yaml): array {
    try {
      $entries = is_array($yaml) ? $yaml : Yaml::parse(Untyped::text($yaml));
    }
    catch (ParseException $error) {
      return [
        [],
        [new Note('Default information', sprintf('It is no YAML, so it is left out: %s', Untyped::shown($error->getMessage())), NoteKind::Missing)],
      ];
    }
    $tools = $notes = [];
    foreach (is_array($entries) || Untyped::text($entries) === '' ? Untyped::map($entries) : [$entries] as $name => $entry) {
      [$match, $note] = self::lookUp(Untyped::text($name), $entry);
      $notes[] = $note;
      array_push($tools, ...$match?->tools ?? []);
    }
    return [$tools, $notes];
  }

  /**
   * What becomes of one entry of the default information.
   *
   * @return array{0: \Drupal\background_agents\AiAgents\ToolMatch|null, 1: \Drupal\background_agents\AiAgents\Note}
   *   The tool that looks it up, and what becomes of the entry.
   */
  private static function lookUp(string $name, mixed $entry): array {
    $values = Untyped::map($entry);
    $part = 'Default information ' . (Untyped::text($values['label'] ?? '') ?: $name);
    $id = Untyped::text($values['tool'] ?? '');
    if ($id === '') {
      return [
        NULL,
        new Note($part, sprintf('It names no tool, so it is left out: %s', Untyped::shown($entry)), NoteKind::LeftOut),
      ];
    }
    $match = ToolTable::of($id);
    $asked = Untyped::isFilled($values['parameters'] ?? []) ? ' It asks for ' . Untyped::shown($values['parameters']) . '.' : '';
    if ($match->operations() === ['read'] || $match->tools === ['describe_content']) {
      return [
        $match,
        new Note($part, sprintf('It is not put into the prompt: the agent looks it up with %s. Say so in the system prompt.%s', implode(', ', $match->tools), $asked), NoteKind::Different),
      ];
    }
    return [
      NULL,
      new Note($part, sprintf('%s (%s)%s', $match->tools === [] ? $match->text : 'It changes content before the model is asked.', $id, $asked), NoteKind::Missing),
    ];
  }

}
