<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\DraftUrl;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\background_agents\Ui\ContentNotes;
use Drupal\Core\Entity\ContentEntityFormInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Messenger\MessengerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Tells editors what agents do and did: before they edit, and meanwhile.
 *
 * Core compares a form only with the default revision: a draft that came while
 * the form was open would be buried without a word. EditFormHooks calls it for
 * forms in which content is edited.
 *
 * @internal
 */
final class DraftWarningHooks {

  use StringTranslationTrait;

  /**
   * The newest revision that the editor knows of.
   */
  private const string SEEN = 'background_agents_seen';

  /**
   * The agent's draft that the editor was told of, and saves over.
   */
  private const string OVER = 'background_agents_over';

  public function __construct(
    private readonly ChangeLog $changes,
    private readonly EditorDecisions $decisions,
    private readonly LatestRevision $latest,
    private readonly DraftUrl $url,
    private readonly ContentNotes $notes,
    private readonly MessengerInterface $messenger,
  ) {}

  /**
   * Adds what editors are told. Older containers call it as a hook.
   */
  public function formAlter(array &$form, FormStateInterface $formState): void {
    $entity = self::edited($formState);
    if ($entity === NULL) {
      return;
    }
    $change = $this->newest($entity);
    if ($change !== NULL && $change->getTargetRevisionId() === (int) $entity->getLoadedRevisionId()) {
      $form['background_agents_notice'] = ContentNotes::message('status', $this->t('Status message'), $this->notes->draft($change)) + ['#weight' => -1000];
    }
    $atWork = $this->notes->atWork($entity);
    if ($atWork !== NULL) {
      $form['background_agents_at_work'] = ContentNotes::message('warning', $this->t('Warning message'), $atWork) + ['#weight' => -999];
    }
    // Not #value: what the editor saw when the form was made is what counts.
    $form[self::SEEN] = ['#type' => 'hidden', '#default_value' => (string) $this->latestId($entity)];
    $form[self::OVER] = ['#type' => 'hidden', '#default_value' => ''];
    // First: what is saved over is not what the other checks look for.
    $form['#validate'] = [[$this, 'validate'], ...($form['#validate'] ?? [])];
    foreach ($form['actions'] ?? [] as $key => $button) {
      if (is_array($button) && in_array('::save', $button['#submit'] ?? [], TRUE)) {
        $form['actions'][$key]['#submit'][] = [$this, 'saved'];
      }
    }
    $form['#cache']['max-age'] = 0;
  }

  /**
   * Stops a save once when an agent left a draft since the form was opened.
   */
  public function validate(array &$form, FormStateInterface $formState): void {
    $entity = self::edited($formState);
    $change = $entity === NULL ? NULL : $this->newest($entity);
    if ($change === NULL) {
      return;
    }
    $draft = $change->getTargetRevisionId();
    if ($draft <= (int) $formState->getValue(self::SEEN)) {
      if ($draft === (int) $formState->getValue(self::OVER)) {
        $this->decisions->override($change);
      }
      return;
    }
    $formState->setErrorByName(self::SEEN, $this->notes->draft(
      $change,
      $this->t('The agent @agent has left a newer draft since you opened this form. Look at it first, or save again to put your version in its place.', ['@agent' => ContentNotes::agent($change)]),
      $this->url->of($entity),
    ));
    // The second time the editor knows.
    $form[self::SEEN]['#value'] = (string) $draft;
    $form[self::OVER]['#value'] = (string) $draft;
  }

  /**
   * Says after a save that an agent is at work on what was saved.
   */
  public function saved(array &$form, FormStateInterface $formState): void {
    $entity = self::edited($formState);
    $atWork = $entity === NULL ? NULL : $this->notes->atWork($entity, TRUE);
    if ($atWork !== NULL) {
      $this->messenger->addWarning($atWork);
    }
  }

  private function newest(ContentEntityInterface $entity): ?Change {
    $pending = $this->changes->pending($entity, $entity->language()->getId());
    return $pending === [] ? NULL : reset($pending);
  }

  private function latestId(ContentEntityInterface $entity): int {
    return (int) $this->latest->idOf($entity->getEntityTypeId(), $entity->id(), $entity->language()->getId());
  }

  /**
   * The content that a form edits; NULL: it is another form.
   */
  public static function edited(FormStateInterface $formState): ?ContentEntityInterface {
    $object = $formState->getFormObject();
    if (!$object instanceof ContentEntityFormInterface || !in_array($object->getOperation(), ['default', 'edit'], TRUE)) {
      return NULL;
    }
    $entity = $object->getEntity();
    return $entity instanceof ContentEntityInterface && !$entity->isNew() && $entity->getEntityType()->isRevisionable() && !AgentAccess::isNeverWritten($entity->getEntityTypeId())
      ? $entity
      : NULL;
  }

}
