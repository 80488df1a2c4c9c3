<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\DraftCounts;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\DraftSentBackEvent;
use Drupal\background_agents\Event\RunUndoneEvent;
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
    private readonly ChangeLog $changes,
    private readonly DraftCounts $counts,
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
      'drafts' => $this->counts->draftsOf($run),
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
   * The token of a draft; as a text it is the summary.
   */
  public function change(Change $change): DataTransferObject {
    $token = DataTransferObject::create([
      'uuid' => $change->uuid(),
      'status' => $change->getStatus(),
      'outcome' => (string) $change->getOutcome(),
      'reason' => $change->getReason(),
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
   * The token of remarks; as a text it is what was said about the whole.
   */
  public function remarks(DraftSentBackEvent $event): DataTransferObject {
    $fields = DataTransferObject::create($event->fieldRemarks);
    $fields->setStringRepresentation(implode("\n", array_map(static fn (string $name, string $text): string => "$name: $text", array_keys($event->fieldRemarks), $event->fieldRemarks)));
    $token = DataTransferObject::create(['whole' => $event->remark, 'fields' => $fields]);
    $token->setStringRepresentation($event->remark);
    return $token;
  }

  /**
   * The token of what was undone; as a text it is the number of drafts.
   */
  public function undo(RunUndoneEvent $event): DataTransferObject {
    $token = DataTransferObject::create(['undone' => count($event->undone), 'left' => count($event->left)]);
    $token->setStringRepresentation((string) count($event->undone));
    return $token;
  }

  /**
   * Who decided; NULL: nobody who has an account, or they are gone.
   */
  public function person(?int $uid): ?EntityInterface {
    return $uid === NULL || $uid === 0 ? NULL : $this->entityTypeManager->getStorage('user')->load($uid);
  }

  /**
   * The draft that waits that a token stands for.
   *
   * @param mixed $value
   *   The token of an event, a change, the UUID of one, or content.
   *
   * @return \Drupal\background_agents\Entity\Change|null
   *   NULL when there is no such draft, or it was decided about.
   */
  public function findDraft(mixed $value): ?Change {
    if ($value instanceof ContentEntityInterface && !$value instanceof Change) {
      return $value->isNew() ? NULL : $this->changes->pending($value, $value->language()->getId())[0] ?? NULL;
    }
    $uuid = match (TRUE) {
      $value instanceof Change => $value->uuid(),
      $value instanceof DataTransferObject && isset($value->uuid) => $value->get('uuid')->getString(),
      default => is_scalar($value) ? (string) $value : '',
    };
    $found = $uuid === '' ? [] : $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadByProperties(['uuid' => $uuid]);
    $change = reset($found);
    return $change instanceof Change && $change->isPending() ? $change : NULL;
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
   * The content of a change as visitors see it, in the change's language.
   */
  public function published(Change $change): ?EntityInterface {
    $target = $change->getTarget();
    $langcode = (string) $change->getTargetLangcode();
    return $target?->hasTranslation($langcode) ? $target->getTranslation($langcode) : $target;
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
