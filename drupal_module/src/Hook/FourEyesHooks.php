<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\FourEyesGuard;
use Drupal\background_agents\Guard\FourEyesRefused;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Hook\Order\Order;

/**
 * Keeps who asked for a draft from publishing it, where a second person has to.
 *
 * The constraint tells it in forms and to programs that validate; the save is
 * refused in any case.
 *
 * @internal
 */
final class FourEyesHooks {

  public function __construct(
    private readonly FourEyesGuard $guard,
    private readonly AgentScope $scope,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Implements hook_entity_type_alter().
   */
  #[Hook('entity_type_alter')]
  public function entityTypeAlter(array &$types): void {
    foreach ($types as $id => $type) {
      if ($type instanceof ContentEntityTypeInterface && $type->isRevisionable() && !AgentAccess::isNeverWritten((string) $id)) {
        $type->addConstraint('BackgroundAgentsFourEyes');
      }
    }
  }

  /**
   * Implements hook_entity_presave(): with the state and values of all others.
   */
  #[Hook('entity_presave', order: Order::Last)]
  public function presave(EntityInterface $entity): void {
    $isWatched = $entity instanceof ContentEntityInterface && $entity->getEntityType()->isRevisionable() && !AgentAccess::isNeverWritten($entity->getEntityTypeId());
    $refusal = $isWatched && !$this->scope->isActive() ? $this->guard->refusal($entity) : NULL;
    if ($refusal !== NULL) {
      throw new FourEyesRefused($refusal);
    }
  }

  /**
   * Implements hook_form_FORM_ID_alter(): this form validates no entity.
   */
  #[Hook('form_content_moderation_entity_moderation_form_alter')]
  public function moderationFormAlter(array &$form, FormStateInterface $formState): void {
    $form['#validate'][] = [$this, 'validateState'];
  }

  /**
   * Tells who may not choose the state why.
   */
  public function validateState(array &$form, FormStateInterface $formState): void {
    $entity = $formState->get('entity');
    $storage = $entity instanceof ContentEntityInterface ? $this->entityTypeManager->getStorage($entity->getEntityTypeId()) : NULL;
    if (!$storage instanceof RevisionableStorageInterface) {
      return;
    }
    $revision = $storage->createRevision($entity, $entity->isDefaultRevision());
    assert($revision instanceof ContentEntityInterface);
    $refusal = $this->guard->refusal($revision->set('moderation_state', $formState->getValue('new_state')));
    if ($refusal !== NULL) {
      $formState->setErrorByName('new_state', $refusal);
    }
  }

}
