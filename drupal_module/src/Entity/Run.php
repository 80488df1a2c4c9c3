<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Entity\Handler\RunAccessControlHandler;
use Drupal\background_agents\Entity\Handler\RunStorageSchema;
use Drupal\background_agents\Entity\Handler\RunViewsData;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Entity\Attribute\ContentEntityType;
use Drupal\Core\Entity\ContentEntityBase;
use Drupal\Core\Entity\ContentEntityDeleteForm;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\user\UserInterface;
use Drupal\workspaces\Entity\Handler\IgnoredWorkspaceHandler;

/**
 * One execution of an agent.
 *
 * Made by the Dispatcher; its row is changed by RunStore alone. Input, output
 * and answers are not fields: entity storage logs the values of an insert that
 * failed, and prompts must not reach the log. RunData has them.
 *
 * @api
 */
#[ContentEntityType(
  id: 'background_agents_run',
  label: new TranslatableMarkup('Agent run'),
  label_collection: new TranslatableMarkup('Agent runs'),
  label_singular: new TranslatableMarkup('agent run'),
  label_plural: new TranslatableMarkup('agent runs'),
  internal: TRUE,
  persistent_cache: FALSE,
  render_cache: FALSE,
  list_cache_contexts: ['user'],
  entity_keys: [
    'id' => 'id',
    'uuid' => 'uuid',
    'label' => 'agent_label',
  ],
  handlers: [
    'access' => RunAccessControlHandler::class,
    'storage_schema' => RunStorageSchema::class,
    'views_data' => RunViewsData::class,
    'form' => [
      'delete' => ContentEntityDeleteForm::class,
    ],
    'workspace' => IgnoredWorkspaceHandler::class,
  ],
  links: [
    'canonical' => '/admin/reports/background-agents/{background_agents_run}',
    'collection' => '/admin/reports/background-agents',
  ],
  admin_permission: 'administer background agents',
  base_table: 'background_agents_run',
  label_count: [
    'singular' => '@count agent run',
    'plural' => '@count agent runs',
  ],
)]
class Run extends ContentEntityBase {

  use DryRunTrait;
  use UsageTrait;

  /**
   * Returns the id of the agent that works.
   */
  public function getAgentId(): string {
    return (string) $this->get('agent')->target_id;
  }

  /**
   * The agent as it is now; NULL when it was deleted.
   */
  public function getAgent(): ?Agent {
    $agent = $this->get('agent')->entity;
    return $agent instanceof Agent ? $agent : NULL;
  }

  /**
   * The label that the agent had when the run was made.
   */
  public function getAgentLabel(): string {
    return (string) $this->get('agent_label')->value;
  }

  /**
   * The version of the agent's definition that it uses; NULL: not known.
   */
  public function getAgentVersion(): ?int {
    $number = $this->get('agent_version')->value;
    return $number === NULL ? NULL : (int) $number;
  }

  /**
   * Returns the state that the run is in.
   */
  public function getState(): RunState {
    return RunState::from((string) $this->get('state')->value);
  }

  /**
   * Whether the run has ended.
   */
  public function isFinal(): bool {
    return $this->getState()->isFinal();
  }

  /**
   * One of approval, agent, retry, drupal; NULL when it does not wait.
   */
  public function getWaitingFor(): ?string {
    return $this->get('waiting_for')->value;
  }

  /**
   * The machine-readable reason of the end, or of waiting.
   */
  public function getReason(): ?string {
    return $this->get('reason')->value;
  }

  /**
   * A sentence for people that goes with the reason.
   */
  public function getMessage(): ?string {
    return $this->get('message')->value;
  }

  /**
   * What started the run: one of the trigger types of the contract.
   */
  public function getTriggerType(): string {
    return (string) $this->get('trigger_type')->value;
  }

  /**
   * Id of the trigger, ECA model or schedule; NULL when there is none.
   */
  public function getTriggerId(): ?string {
    return $this->get('trigger_id')->value;
  }

  /**
   * The operation on the content (insert, update, delete), if any.
   */
  public function getOperation(): ?string {
    return $this->get('operation')->value;
  }

  /**
   * The content that the run is about, as in the job's trigger.entity.
   *
   * @return array{entity_type: string, uuid: string, bundle?: string, id?: string, revision?: int, langcode?: string, label?: string}|null
   */
  public function getTarget(): ?array {
    if ($this->get('target_uuid')->value === NULL) {
      return NULL;
    }
    $target = [];
    foreach ([
      'entity_type' => 'target_type',
      'uuid' => 'target_uuid',
      'bundle' => 'target_bundle',
      'id' => 'target_id',
      'revision' => 'target_revision',
      'langcode' => 'target_langcode',
      'label' => 'target_label',
    ] as $key => $field) {
      $value = $this->get($field)->value;
      if ($value !== NULL && $value !== '') {
        $target[$key] = $key === 'revision' ? (int) $value : (string) $value;
      }
    }
    return $target;
  }

  /**
   * Who asked for the run; NULL for cron, Drush, and a deleted account.
   */
  public function getRequester(): ?UserInterface {
    $user = $this->get('uid')->entity;
    return $user instanceof UserInterface ? $user : NULL;
  }

  /**
   * User id of who asked, even when the account is gone; NULL for cron.
   */
  public function getRequesterId(): ?int {
    $id = $this->get('uid')->target_id;
    return $id === NULL ? NULL : (int) $id;
  }

  /**
   * UUID of the account that the run acts as, as it was at dispatch.
   */
  public function getAccountUuid(): string {
    return (string) $this->get('account')->value;
  }

  /**
   * UUID of the run that started this one.
   */
  public function getParentUuid(): ?string {
    return $this->get('parent')->value;
  }

  /**
   * Number of the batch that the run is a part of; NULL: it stands alone.
   */
  public function getBatch(): ?int {
    // Not there between new code and its updates.
    $batch = $this->hasField('batch') ? $this->get('batch')->value : NULL;
    return $batch === NULL ? NULL : (int) $batch;
  }

  /**
   * Unix time before which it does not begin; NULL: its job was made.
   */
  public function getDueTime(): ?int {
    $due = $this->hasField('due') ? $this->get('due')->value : NULL;
    return $due === NULL ? NULL : (int) $due;
  }

  /**
   * -10 to 10: higher ones begin before others of the same agent.
   */
  public function getPriority(): int {
    return (int) $this->get('priority')->value;
  }

  /**
   * How many runs are above this one.
   */
  public function getDepth(): int {
    return (int) $this->get('depth')->value;
  }

  /**
   * Raised each time the job is handed out anew; 0: not yet.
   */
  public function getAttempt(): int {
    return (int) $this->get('attempt')->value;
  }

  /**
   * Returns the generation: 1, and one more with each retry by a person.
   */
  public function getGeneration(): int {
    return (int) $this->get('generation')->value;
  }

  /**
   * Returns how often people have sent its drafts back.
   */
  public function getRound(): int {
    return (int) $this->get('round')->value;
  }

  /**
   * The highest event number stored.
   */
  public function getLastSeq(): int {
    return (int) $this->get('last_seq')->value;
  }

  /**
   * Unix time at which it was dispatched.
   */
  public function getCreatedTime(): int {
    return (int) $this->get('created')->value;
  }

  /**
   * Unix time of the first start; NULL: not yet.
   */
  public function getStartedTime(): ?int {
    $time = $this->get('started')->value;
    return $time === NULL ? NULL : (int) $time;
  }

  /**
   * Unix time of the end; NULL: not yet.
   */
  public function getFinishedTime(): ?int {
    $time = $this->get('finished')->value;
    return $time === NULL ? NULL : (int) $time;
  }

  /**
   * {@inheritdoc}
   */
  public static function baseFieldDefinitions(EntityTypeInterface $entity_type): array {
    return parent::baseFieldDefinitions($entity_type) + RunFields::all();
  }

}
