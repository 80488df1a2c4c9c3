<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Form\Review\ReviewFormPartInterface;
use Drupal\background_agents\Form\Review\ReviewPage;
use Drupal\background_agents\Form\Review\ReviewPages;
use Drupal\background_agents\Form\Review\ReviewParts;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Ui\ProposedDraft;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * The page of a draft: what an agent changed, and what a person makes of it.
 *
 * What it shows and does is in its parts, see ReviewFormPartInterface.
 *
 * @internal
 */
final class ReviewForm extends FormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly ReviewPages $pages,
    private readonly ReviewParts $parts,
    private readonly Reviewer $reviewer,
    private readonly RequestStack $requests,
    private readonly ProposedDraft $proposed,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_review';
  }

  /**
   * The title of the page.
   */
  public function title(Change $background_agents_change): TranslatableMarkup {
    return $background_agents_change->isDryRun()
      ? $this->t('Test run: @label', ['@label' => $background_agents_change->getTargetLabel()])
      : $this->t('Draft of @label', ['@label' => $background_agents_change->getTargetLabel()]);
  }

  /**
   * Who may review the draft, or may see its run.
   */
  public function accessResult(Change $background_agents_change, AccountInterface $account): AccessResultInterface {
    $review = $background_agents_change->access('review', $account, TRUE);
    return $review->isAllowed() ? $review : AccessResult::allowedIf($background_agents_change->access('view', $account))->cachePerUser()->addCacheableDependency($background_agents_change);
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Change $background_agents_change = NULL): array {
    assert($background_agents_change instanceof Change);
    $form['#attributes']['class'][] = 'ba-review';
    $form['#attached']['library'][] = 'background_agents/review';
    $form['#cache']['max-age'] = 0;
    if ($background_agents_change->isDryRun()) {
      return $form + $this->proposed->build($background_agents_change);
    }
    $page = $this->pages->of($background_agents_change, $this->requests->getCurrentRequest()?->query->get('against') === 'read');
    if ($page === NULL) {
      return $form + ['gone' => ['#markup' => '<p>' . $this->t('The content of this draft is not there any more.') . '</p>']];
    }
    // Not #value: what the reviewer saw when the page was made counts.
    $form['seen'] = ['#type' => 'hidden', '#default_value' => (string) $page->seen];
    foreach ($this->parts->all() as $key => $part) {
      $form[$key] = $part->build($page, $form_state);
    }
    return $this->withButtons($this->withFieldElements($form, $page), $page, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $this->pressed($form_state)?->validate($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $change = $form_state->getBuildInfo()['args'][0] ?? NULL;
    $seen = Seen::of((string) $form_state->getValue('seen'));
    if (!$change instanceof Change || $seen === NULL) {
      $this->messenger()->addError($this->t('This draft is not there any more.'));
      return;
    }
    try {
      $part = $this->pressed($form_state);
      $part === NULL ? $this->reviewer->check($change, $seen) : $part->submit($change, $seen, $form_state);
      if ($part === NULL) {
        $this->messenger()->addWarning($this->t('What you chose is not offered any more. Nothing was decided: look at the draft again.'));
      }
    }
    catch (ReviewRefused $refused) {
      $this->messenger()->addWarning($refused->sentence);
    }
  }

  /**
   * The form with what the parts add below the fields that differ.
   */
  private function withFieldElements(array $form, ReviewPage $page): array {
    foreach ($page->changed() as $diff) {
      foreach ($this->parts->all() as $key => $part) {
        $form['fields'][$diff->name]['more'][$key] = $part->field($page, $diff);
      }
    }
    return $form;
  }

  /**
   * The form with the bar of decisions.
   */
  private function withButtons(array $form, ReviewPage $page, FormStateInterface $form_state): array {
    $form['actions'] = ['#type' => 'actions', '#attributes' => ['id' => ReviewPage::DECISION]];
    foreach ($this->parts->all() as $key => $part) {
      foreach ($part->buttons($page) as $name => $button) {
        $form['actions'][$name] = $button + ['#background_agents_part' => $key];
      }
    }
    // Who sends a decision that somebody else made first has to be told.
    if (!$page->isOpen && $form_state->getUserInput() !== []) {
      $form['actions']['late'] = ['#type' => 'submit', '#name' => 'late', '#value' => $this->t('Decide')];
    }
    return $form;
  }

  /**
   * The part whose button was pressed, in the bar or in its section.
   *
   * Where that button is gone meanwhile, core takes the first one of the form
   * for it: another decision.
   */
  private function pressed(FormStateInterface $form_state): ?ReviewFormPartInterface {
    $button = $form_state->getTriggeringElement() ?? [];
    $input = $form_state->getUserInput();
    $name = $button['#name'] ?? '';
    // Core's script sends name and value of a button by themselves.
    $sent = $input[$name] ?? (($input['_triggering_element_name'] ?? NULL) === $name ? $input['_triggering_element_value'] ?? NULL : NULL);
    if (!is_scalar($sent) || (string) $sent !== (string) ($button['#value'] ?? '')) {
      return NULL;
    }
    return $this->parts->all()[$button['#background_agents_part'] ?? $button['#array_parents'][0] ?? ''] ?? NULL;
  }

}
