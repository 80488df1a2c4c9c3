<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\eca\Plugin\DataType\DataTransferObject;

/**
 * Runs and drafts as data that ECA models can work with.
 *
 * @internal
 */
final class RunTokens {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunData $data,
    private readonly RunStore $runs,
  ) {}

  /**
   * Labels of all agents, keyed by id.
   *
   * @return array<string, string>
   *   The labels.
   */
  public function agents(): array {
    $agents = array_map(static fn (EntityInterface $agent): string => (string) $agent->label(), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple());
    asort($agents);
    return $agents;
  }

  /**
   * The token of a run; as a text it is the UUID.
   */
  public function run(Run $run): DataTransferObject {
    $output = json_decode((string) json_encode($this->data->output((int) $run->id())), TRUE);
    $token = DataTransferObject::create([
      'uuid' => $run->uuid(),
      'agent' => $run->getAgentId(),
      'agent_label' => $run->getAgentLabel(),
      'state' => $run->getState()->value,
      'reason' => (string) $run->getReason(),
      'message' => (string) $run->getMessage(),
      'output' => self::value($output),
      'trigger' => $run->getTriggerType(),
      'requester' => (string) $run->getRequester()?->getDisplayName(),
      'url' => $run->toUrl('canonical', ['absolute' => TRUE])->toString(TRUE)->getGeneratedUrl(),
    ]);
    $token->setStringRepresentation($run->uuid());
    return $token;
  }

  /**
   * A decoded JSON value as ECA wants it: texts and numbers, or an object.
   */
  private static function value(mixed $value): mixed {
    if (is_array($value)) {
      $token = DataTransferObject::create(array_map(self::value(...), $value));
      $token->setStringRepresentation((string) json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES));
      return $token;
    }
    return is_bool($value) ? (int) $value : ($value ?? '');
  }

  /**
   * The token of a saved draft; as a text it is the summary.
   */
  public function change(Change $change): DataTransferObject {
    $token = DataTransferObject::create([
      'operation' => $change->getOperation(),
      'summary' => $change->getSummary(),
      'revision' => $change->getTargetRevisionId(),
      'moderation_state' => (string) $change->getModerationState(),
    ]);
    $token->setStringRepresentation($change->getSummary());
    return $token;
  }

  /**
   * The token of a question; as a text it is what is asked.
   */
  public function question(\stdClass $question): DataTransferObject {
    $text = static fn (string $name): string => is_scalar($question->{$name} ?? NULL) ? (string) $question->{$name} : '';
    $token = DataTransferObject::create([
      'kind' => $text('kind'),
      'tool' => $text('tool'),
      'expires' => $text('expires'),
    ]);
    $token->setStringRepresentation($text('question'));
    return $token;
  }

  /**
   * The revision that a change made; NULL when it was deleted.
   */
  public function draft(Change $change): ?EntityInterface {
    $storage = $this->entityTypeManager->getStorage($change->getTargetEntityTypeId());
    $revision = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($change->getTargetRevisionId()) : NULL;
    if (!$revision instanceof ContentEntityInterface) {
      return $change->getTarget();
    }
    $langcode = $change->getTargetLangcode();
    return $langcode !== NULL && $revision->hasTranslation($langcode) ? $revision->getTranslation($langcode) : $revision;
  }

  /**
   * The run that a token stands for, as it is now.
   *
   * @param mixed $value
   *   The token of an event, of the action "Dispatch background agent", a run,
   *   or the UUID of one.
   *
   * @return \Drupal\background_agents\Entity\Run|null
   *   NULL when there is no such run (yet).
   */
  public function find(mixed $value): ?Run {
    if ($value instanceof Run) {
      return $value;
    }
    $uuid = $value instanceof DataTransferObject ? $value->getString() : (is_scalar($value) ? (string) $value : '');
    return $uuid === NULL || $uuid === '' ? NULL : $this->runs->byUuid($uuid);
  }

}
