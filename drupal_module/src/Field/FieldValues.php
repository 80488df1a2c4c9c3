<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\ProtectedFields;
use Drupal\Core\Access\AccessResultReasonInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Puts the values of a draft request into an entity.
 *
 * A value is a scalar (the main property), an object of properties, or a list
 * of them; null empties the field. References are {"target_uuid": "..."}. What
 * reading shows is taken as it is shown, and changes nothing.
 *
 * @internal
 */
final class FieldValues {

  public const array TEXT_TYPES = ['text', 'text_long', 'text_with_summary'];

  public function __construct(
    private readonly ProtectedFields $protectedFields,
    private readonly AgentScope $scope,
    private readonly ItemValues $itemValues,
  ) {}

  /**
   * Sets the fields that may be set; the others become errors.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The entity, with the values that it had when it was read.
   * @param array<string, mixed> $fields
   *   Decoded JSON by field name.
   * @param \Drupal\background_agents\Field\FieldErrors $errors
   *   Takes the errors.
   */
  public function apply(ContentEntityInterface $entity, array $fields, FieldErrors $errors): AppliedFields {
    $applied = new AppliedFields();
    foreach ($fields as $name => $value) {
      $name = (string) $name;
      if ($entity->hasField($name)) {
        $this->take($entity, $name, $value, $errors, $applied);
        continue;
      }
      $errors->add('invalid', $name, sprintf('"%s" has no field "%s". Call describe_content for its fields.', $entity->bundle(), $name));
    }
    return $applied;
  }

  /**
   * Gives each field that the agent may write its value in another revision.
   */
  public function reset(ContentEntityInterface $entity, ContentEntityInterface $to): void {
    $operations = ['create', 'revise'];
    foreach ($entity->getFieldDefinitions() as $name => $definition) {
      if ($this->scope->mayWriteField($entity->getEntityTypeId(), $entity->bundle(), $name, $operations) && !$this->protectedFields->isProtected($definition) && !$this->protectedFields->isComposite($definition) && $to->hasField($name)) {
        $entity->set($name, $to->get($name)->getValue());
      }
    }
  }

  /**
   * Sets a field, and tells when the field itself fails.
   *
   * @throws \Drupal\background_agents\Field\FieldException
   *   When the field fails while it takes the value.
   */
  private function take(ContentEntityInterface $entity, string $name, mixed $value, FieldErrors $errors, AppliedFields $applied): void {
    try {
      $this->applyField($entity, $name, $value, $errors, $applied);
    }
    catch (\Throwable $exception) {
      // Whatever a field type throws at a value: it is told with the field.
      throw new FieldException([$name], $exception);
    }
  }

  private function applyField(ContentEntityInterface $entity, string $name, mixed $value, FieldErrors $errors, AppliedFields $applied): void {
    $items = $entity->get($name);
    $found = new FieldErrors();
    $given = $this->itemValues->given($items, $value, $found);
    if ($given !== NULL && !self::isState($items) && $items->access('view', $this->scope->account()) && $this->itemValues->isAsRead($items, $given)) {
      return;
    }
    if (!$this->isEditable($items, $errors)) {
      return;
    }
    $kept = [];
    $merged = $given === NULL ? NULL : $this->itemValues->merge($items, $given, $found, $kept);
    $errors->addAll($found);
    if ($merged === NULL) {
      return;
    }
    $before = clone $items;
    $entity->set($name, $merged);
    if (!$entity->get($name)->equals($before)) {
      $applied->note($name, $kept, self::referred($entity->get($name), $before));
    }
  }

  /**
   * Whether the field says what state the item is in.
   *
   * A draft has a state of its own: who gives the published one asks for that.
   */
  private static function isState(FieldItemListInterface $items): bool {
    return in_array($items->getName(), ['moderation_state', $items->getEntity()->getEntityType()->getKey('published')], TRUE);
  }

  /**
   * Returns deltas of references whose target was referred to before.
   *
   * @return int[]
   *   Deltas of references whose target was referred to before.
   */
  private static function referred(FieldItemListInterface $items, FieldItemListInterface $before): array {
    if (!ReadForm::isReference($items)) {
      return [];
    }
    $main = (string) $items->getFieldDefinition()->getFieldStorageDefinition()->getMainPropertyName();
    return array_keys(array_filter($items->getValue(), static fn (array $item): bool => References::isPresent($before, $item[$main] ?? NULL)));
  }

  private function isEditable(FieldItemListInterface $items, FieldErrors $errors): bool {
    $name = $items->getName();
    if ($this->protectedFields->isComposite($items->getFieldDefinition())) {
      $errors->add('unsupported_field', $name, sprintf('The field "%s" holds parts of the page, such as paragraphs or layout. Agents cannot edit it yet.', $name));
      return FALSE;
    }
    $access = $items->access('edit', $this->scope->account(), TRUE);
    if (!$access->isAllowed()) {
      $reason = $access instanceof AccessResultReasonInterface ? (string) $access->getReason() : '';
      $errors->add('forbidden', $name, $reason ?: sprintf('The agent\'s account may not edit the field "%s".', $name));
      return FALSE;
    }
    return TRUE;
  }

  /**
   * Text formats that an account may use in a field.
   *
   * @param string[] $allowed
   *   The formats that the field is limited to; empty: all.
   *
   * @return array<string, \Drupal\filter\FilterFormatInterface>
   *   Keyed by id.
   */
  public static function formats(AccountInterface $account, array $allowed): array {
    $formats = function_exists('filter_formats') ? filter_formats($account) : [];
    return $allowed === [] ? $formats : array_intersect_key($formats, array_flip($allowed));
  }

}
