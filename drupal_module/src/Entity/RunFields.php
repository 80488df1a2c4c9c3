<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Run\RunState;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Field\BaseFieldDefinition;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The fields of a run, by concern.
 *
 * @internal
 */
final class RunFields {

  /**
   * Doors that are there with one of these modules only, by trigger type.
   */
  private const array MODULES = [
    'eca' => ['background_agents_eca'],
    'tool' => ['tool'],
    'flow' => ['background_agents_maestro', 'background_agents_flowdrop'],
  ];

  /**
   * Returns the base fields of runs, by name.
   *
   * @return \Drupal\Core\Field\BaseFieldDefinition[]
   *   Keyed by name.
   */
  public static function all(): array {
    return self::identity() + self::state() + self::trigger() + self::usage() + self::kind() + self::via();
  }

  /**
   * Returns labels of the states, by value.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels of the states, by value.
   */
  public static function stateLabels(): array {
    return array_combine(
      array_map(static fn (RunState $state): string => $state->value, RunState::cases()),
      [
        new TranslatableMarkup('Queued'),
        new TranslatableMarkup('Running'),
        new TranslatableMarkup('Waiting'),
        new TranslatableMarkup('Paused'),
        new TranslatableMarkup('Completed'),
        new TranslatableMarkup('Failed'),
        new TranslatableMarkup('Cancelled'),
        new TranslatableMarkup('Expired'),
      ],
    );
  }

  /**
   * Returns labels of the trigger types, by value.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels of the trigger types, by value.
   */
  public static function triggerLabels(): array {
    return [
      'cron' => new TranslatableMarkup('Cron'),
      'content' => new TranslatableMarkup('Content change'),
      'eca' => new TranslatableMarkup('ECA'),
      'manual' => new TranslatableMarkup('By hand'),
      'schedule' => new TranslatableMarkup('Schedule'),
      'mcp' => new TranslatableMarkup('MCP'),
      'a2a' => new TranslatableMarkup('A2A'),
      'api' => new TranslatableMarkup('API'),
      'agent' => new TranslatableMarkup('Agent'),
      'tool' => new TranslatableMarkup('Tool'),
      'flow' => new TranslatableMarkup('Flow'),
    ];
  }

  /**
   * Those of the doors that runs can come by on this site.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels by trigger type.
   */
  public static function openDoors(ModuleHandlerInterface $modules): array {
    $closed = array_filter(self::MODULES, static fn (array $needed): bool => array_filter($needed, $modules->moduleExists(...)) === []);
    return array_diff_key(self::triggerLabels(), $closed);
  }

  /**
   * How often people have sent the run's drafts back.
   */
  public static function round(): BaseFieldDefinition {
    return self::number('Round')->setInitialValue(0);
  }

  /**
   * Whether it is a test run.
   */
  public static function dryRun(): BaseFieldDefinition {
    return BaseFieldDefinition::create('boolean')
      ->setLabel(new TranslatableMarkup('Test run'))
      ->setDefaultValue(FALSE)
      ->setInitialValue(FALSE);
  }

  /**
   * The version of the agent's definition; none: not known.
   */
  public static function agentVersion(): BaseFieldDefinition {
    return BaseFieldDefinition::create('integer')
      ->setLabel(new TranslatableMarkup('Version of the agent'))
      ->setSetting('unsigned', TRUE);
  }

  /**
   * The batch that the run is a part of; none: it stands alone.
   */
  public static function batch(): BaseFieldDefinition {
    return BaseFieldDefinition::create('integer')
      ->setLabel(new TranslatableMarkup('Batch'))
      ->setSetting('unsigned', TRUE);
  }

  /**
   * When the run is to begin; none: its job was made.
   */
  public static function due(): BaseFieldDefinition {
    return BaseFieldDefinition::create('timestamp')
      ->setLabel(new TranslatableMarkup('Not before'));
  }

  /**
   * Which of its agent's waiting runs begin first: -10 to 10, 10 before all.
   */
  public static function priority(): BaseFieldDefinition {
    return BaseFieldDefinition::create('integer')
      ->setLabel(new TranslatableMarkup('Priority'))
      ->setSetting('size', 'tiny')
      ->setSetting('min', -10)
      ->setSetting('max', 10)
      ->setDefaultValue(0)
      ->setInitialValue(0);
  }

  private static function identity(): array {
    return [
      'agent' => BaseFieldDefinition::create('entity_reference')
        ->setLabel(new TranslatableMarkup('Agent'))
        ->setSetting('target_type', 'background_agents_agent')
        ->setRequired(TRUE),
      'agent_label' => self::string('Agent label', 255),
      'agent_hash' => self::string('Hash of the agent', 64),
      'agent_version' => self::agentVersion(),
      'account' => self::string('Account UUID', 36),
      'uid' => BaseFieldDefinition::create('entity_reference')
        ->setLabel(new TranslatableMarkup('Requested by'))
        ->setSetting('target_type', 'user'),
      'parent' => self::string('Parent run', 36),
      'depth' => self::number('Depth'),
      'batch' => self::batch(),
      'due' => self::due(),
      'priority' => self::priority(),
      'dedupe' => self::string('Hash of the de-duplication key', 64),
      'created' => BaseFieldDefinition::create('created')
        ->setLabel(new TranslatableMarkup('Created')),
      'started' => BaseFieldDefinition::create('timestamp')
        ->setLabel(new TranslatableMarkup('Started')),
      'finished' => BaseFieldDefinition::create('timestamp')
        ->setLabel(new TranslatableMarkup('Finished')),
      // Set by RunStore with every write.
      'updated' => BaseFieldDefinition::create('timestamp')
        ->setLabel(new TranslatableMarkup('Last news')),
    ];
  }

  private static function state(): array {
    return [
      'state' => BaseFieldDefinition::create('list_string')
        ->setLabel(new TranslatableMarkup('State'))
        ->setSetting('allowed_values_function', self::class . '::stateLabels')
        ->setSetting('max_length', 16)
        ->setRequired(TRUE)
        ->setDefaultValue(RunState::Queued->value),
      'waiting_for' => self::string('Waiting for', 16),
      'reason' => self::string('Reason', 128),
      'message' => BaseFieldDefinition::create('string_long')
        ->setLabel(new TranslatableMarkup('Message')),
      'attempt' => self::number('Attempt'),
      'generation' => self::number('Generation')->setDefaultValue(1),
      'last_seq' => self::number('Last event'),
    ];
  }

  private static function trigger(): array {
    return [
      'trigger_type' => BaseFieldDefinition::create('list_string')
        ->setLabel(new TranslatableMarkup('Trigger'))
        ->setSetting('allowed_values_function', self::class . '::triggerLabels')
        ->setSetting('max_length', 16)
        ->setRequired(TRUE),
      'trigger_id' => self::string('Trigger id', 255),
      'operation' => self::string('Operation', 32),
      'target_type' => self::string('Content: entity type', 64),
      'target_bundle' => self::string('Content: bundle', 64),
      'target_uuid' => self::string('Content: UUID', 36),
      'target_id' => self::string('Content: id', 64),
      'target_revision' => BaseFieldDefinition::create('integer')
        ->setLabel(new TranslatableMarkup('Content: revision'))
        ->setSetting('unsigned', TRUE),
      'target_langcode' => self::string('Content: language', 32),
      'target_label' => self::string('Content: label', 255),
    ];
  }

  private static function kind(): array {
    return ['round' => self::round(), 'dry_run' => self::dryRun()];
  }

  /**
   * By which means somebody asked for the run; none: nobody did.
   *
   * @return \Drupal\Core\Field\BaseFieldDefinition[]
   *   Keyed by name.
   */
  public static function via(): array {
    return [
      'via_means' => self::string('Means', 16),
      'via_key' => self::string('Dispatch key', 10),
      'via_name' => self::string('Name of the key or client', 255),
    ];
  }

  private static function usage(): array {
    return [
      'steps' => self::number('Steps'),
      'tool_calls' => self::number('Tool calls'),
      'input_tokens' => self::number('Input tokens')->setSetting('size', 'big'),
      'output_tokens' => self::number('Output tokens')->setSetting('size', 'big'),
      'cost_micros' => self::number('Cost in millionths')->setSetting('size', 'big'),
      'writes' => self::number('Drafts'),
      'driven_seconds' => self::number('Seconds at work'),
    ];
  }

  /**
   * A short string; the labels are few and told to translators below.
   */
  private static function string(string $label, int $length): BaseFieldDefinition {
    return BaseFieldDefinition::create('string')
      // phpcs:ignore Drupal.Semantics.FunctionT.NotLiteralString
      ->setLabel(new TranslatableMarkup($label))
      ->setSetting('max_length', $length)
      ->setSetting('is_ascii', $length < 255);
  }

  private static function number(string $label): BaseFieldDefinition {
    return BaseFieldDefinition::create('integer')
      // phpcs:ignore Drupal.Semantics.FunctionT.NotLiteralString
      ->setLabel(new TranslatableMarkup($label))
      ->setSetting('unsigned', TRUE)
      ->setDefaultValue(0);
  }

}
