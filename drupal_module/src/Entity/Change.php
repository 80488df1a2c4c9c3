<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Entity\Handler\ChangeAccessControlHandler;
use Drupal\background_agents\Entity\Handler\ChangeStorageSchema;
use Drupal\background_agents\Entity\Handler\ChangeViewsData;
use Drupal\Core\Entity\Attribute\ContentEntityType;
use Drupal\Core\Entity\ContentEntityBase;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\user\UserInterface;
use Drupal\workspaces\Entity\Handler\IgnoredWorkspaceHandler;

/**
 * A revision that a run produced, and what an editor decided about it.
 *
 * @api
 */
#[ContentEntityType(
  id: 'background_agents_change',
  label: new TranslatableMarkup('Agent change'),
  label_collection: new TranslatableMarkup('Agent changes'),
  label_singular: new TranslatableMarkup('agent change'),
  label_plural: new TranslatableMarkup('agent changes'),
  internal: TRUE,
  persistent_cache: FALSE,
  render_cache: FALSE,
  entity_keys: [
    'id' => 'id',
    'uuid' => 'uuid',
    'label' => 'target_label',
  ],
  handlers: [
    'access' => ChangeAccessControlHandler::class,
    'storage_schema' => ChangeStorageSchema::class,
    'views_data' => ChangeViewsData::class,
    'workspace' => IgnoredWorkspaceHandler::class,
  ],
  links: [
    'canonical' => '/admin/content/agents/{background_agents_change}',
  ],
  admin_permission: 'administer background agents',
  list_cache_contexts: ['user'],
  base_table: 'background_agents_change',
  label_count: [
    'singular' => '@count agent change',
    'plural' => '@count agent changes',
  ],
)]
class Change extends ContentEntityBase {

  use ReviewedTrait;

  // Nobody has decided yet.
  public const string PENDING = 'pending';
  // The revision, or one made from it, was published.
  public const string ACCEPTED = 'accepted';
  // An editor said no.
  public const string REJECTED = 'rejected';
  // A later revision took its place.
  public const string SUPERSEDED = 'superseded';
  // Taken back by the run itself, such as by a retry.
  public const string DISCARDED = 'discarded';

  // Left by a test run: it was not saved, and nobody decides about it.
  public const string DRY_RUN = 'dry_run';

  /**
   * Returns the run that left the draft; NULL when it was deleted.
   */
  public function getRun(): ?Run {
    $run = $this->get('run')->entity;
    return $run instanceof Run ? $run : NULL;
  }

  /**
   * Returns the id of the run that left the draft.
   */
  public function getRunId(): int {
    return (int) $this->get('run')->target_id;
  }

  /**
   * Returns the id of the agent that wrote.
   */
  public function getAgentId(): string {
    return (string) $this->get('agent')->target_id;
  }

  /**
   * Returns the entity type of the item.
   */
  public function getTargetEntityTypeId(): string {
    return (string) $this->get('target_type')->value;
  }

  /**
   * Returns the bundle of the item.
   */
  public function getTargetBundle(): string {
    return (string) $this->get('target_bundle')->value;
  }

  /**
   * Returns the UUID of the item.
   */
  public function getTargetUuid(): string {
    return (string) $this->get('target_uuid')->value;
  }

  /**
   * Returns the id of the item.
   */
  public function getTargetId(): string {
    return (string) $this->get('target_id')->value;
  }

  /**
   * Returns the language of the draft.
   */
  public function getTargetLangcode(): ?string {
    return $this->get('target_langcode')->value;
  }

  /**
   * Returns the label of the item when the draft was saved.
   */
  public function getTargetLabel(): string {
    return (string) $this->get('target_label')->value;
  }

  /**
   * The content, in its default revision; NULL when it was deleted.
   */
  public function getTarget(): ?ContentEntityInterface {
    if (!$this->entityTypeManager()->hasDefinition($this->getTargetEntityTypeId())) {
      return NULL;
    }
    $entity = $this->entityTypeManager()->getStorage($this->getTargetEntityTypeId())->load($this->getTargetId());
    return $entity instanceof ContentEntityInterface ? $entity : NULL;
  }

  /**
   * Either "create" or "revise".
   */
  public function getOperation(): string {
    return (string) $this->get('operation')->value;
  }

  /**
   * The revision that the agent read; NULL for a creation.
   */
  public function getBaseRevisionId(): ?int {
    $id = $this->get('base_revision')->value;
    return $id === NULL ? NULL : (int) $id;
  }

  /**
   * The revision that it made; 0: none, it was left by a test run.
   */
  public function getTargetRevisionId(): int {
    return (int) $this->get('target_revision')->value;
  }

  /**
   * Returns the moderation state that the draft was given.
   */
  public function getModerationState(): ?string {
    return $this->get('moderation_state')->value;
  }

  /**
   * What the revision holds, as Review\Fingerprint tells it.
   *
   * @return array{fields: array<string, string>, own: string[]}|null
   *   `fields`: prints of all fields; `own`: names of those that the agent
   *   set. NULL for a change of before they were kept.
   */
  public function getPrints(): ?array {
    $prints = json_decode((string) $this->get('prints')->value, TRUE);
    return is_array($prints) ? $prints : NULL;
  }

  /**
   * One sentence of the agent: what was changed and why.
   */
  public function getSummary(): string {
    return (string) $this->get('summary')->value;
  }

  /**
   * The idempotency key of the write.
   */
  public function getEffectKey(): string {
    return (string) $this->get('effect_key')->value;
  }

  /**
   * Returns the generation of the run that left the draft.
   */
  public function getGeneration(): int {
    return (int) $this->get('generation')->value;
  }

  /**
   * One of the constants of this class.
   */
  public function getStatus(): string {
    return (string) $this->get('status')->value;
  }

  /**
   * Tells whether nobody has decided about the draft yet.
   */
  public function isPending(): bool {
    return $this->getStatus() === self::PENDING;
  }

  /**
   * Whether a test run left it: it was not saved, so it has no revision.
   */
  public function isDryRun(): bool {
    return $this->getStatus() === self::DRY_RUN;
  }

  /**
   * Records a decision. The caller saves.
   *
   * @param string $status
   *   One of the constants of this class.
   * @param int|null $uid
   *   Who decided; NULL when no person did.
   * @param int $time
   *   Unix time of the decision.
   */
  public function decide(string $status, ?int $uid, int $time): static {
    return $this->set('status', $status)->set('decided_by', $uid)->set('decided', $time);
  }

  /**
   * Returns who decided about the draft; NULL: nobody, or gone.
   */
  public function getDecidedBy(): ?UserInterface {
    $user = $this->get('decided_by')->entity;
    return $user instanceof UserInterface ? $user : NULL;
  }

  /**
   * Returns when it was decided, in Unix seconds; NULL: not yet.
   */
  public function getDecidedTime(): ?int {
    $time = $this->get('decided')->value;
    return $time === NULL ? NULL : (int) $time;
  }

  /**
   * Returns when the draft was saved, in Unix seconds.
   */
  public function getCreatedTime(): int {
    return (int) $this->get('created')->value;
  }

  /**
   * Returns labels of the statuses, by value.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels of the statuses, by value.
   */
  public static function statusLabels(): array {
    return [
      self::PENDING => new TranslatableMarkup('Pending'),
      self::ACCEPTED => new TranslatableMarkup('Accepted'),
      self::REJECTED => new TranslatableMarkup('Rejected'),
      self::SUPERSEDED => new TranslatableMarkup('Superseded'),
      self::DISCARDED => new TranslatableMarkup('Discarded'),
      self::DRY_RUN => new TranslatableMarkup('Not saved (test run)'),
    ];
  }

  /**
   * {@inheritdoc}
   */
  public static function baseFieldDefinitions(EntityTypeInterface $entity_type): array {
    return parent::baseFieldDefinitions($entity_type) + ChangeFields::all();
  }

}
